"""The report: figures of a finished run, each with its numbers as CSV, on one page that opens without a host."""
