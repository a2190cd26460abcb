"""The command `stego`, called in this process."""

from workflow import command


def refused(capsys, *arguments, out=False):
    """Run a command that must end with one line and code 2; return the line, after what it printed if asked."""
    capsys.readouterr()
    assert command.main([str(argument) for argument in arguments]) == 2
    told = capsys.readouterr()
    lines = told.err.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("stego"), lines
    return told.out + lines[0] if out else lines[0]
