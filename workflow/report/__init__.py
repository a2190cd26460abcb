"""The report: tables and figures of a finished run, each with its numbers as CSV, on one page that works offline."""
