"""The one error of the package."""


class DataError(ValueError):
    """A file, source, split or shard that cannot be used: says what, where, expected, got, what to do."""
