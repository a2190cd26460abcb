"""The command `stego`, called in this process."""

from workflow import command


def refused(capsys, *arguments, out=False):
    """Run a command that must end with one line and code 2; return the line, after what it printed if asked."""
    printed, lines = refusals(capsys, *arguments)
    assert len(lines) == 1, lines
    return printed + lines[0] if out else lines[0]


def refusals(capsys, *arguments):
    """Run a command that must end with code 2; return what it printed, and the lines of its errors."""
    capsys.readouterr()
    assert command.main([str(argument) for argument in arguments]) == 2
    streams = capsys.readouterr()
    lines = streams.err.strip().splitlines()
    assert lines and all(line.startswith("stego") for line in lines), lines
    return streams.out, lines
