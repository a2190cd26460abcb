"""What a call that has to be refused says."""

from collections.abc import Iterator

import pytest

from stegdata.errors import DataError


def message_of(error, call, *arguments, **keywords):
    """The one line of the error that a call, or what it yields, ends in."""
    with pytest.raises(error) as caught:
        result = call(*arguments, **keywords)
        if isinstance(result, Iterator):
            list(result)
    message = str(caught.value)
    assert "\n" not in message
    return message


def refusal(call, *arguments, **keywords):
    """The line of a DataError: it says what was expected, and what was there."""
    message = message_of(DataError, call, *arguments, **keywords)
    assert "expected" in message and ("got" in message or "found" in message), message
    return message
