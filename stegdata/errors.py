"""The one error of the package."""


class DataError(ValueError):
    """A file, source, split or shard that cannot be used; the message says what, where, expected and got, what to do."""
