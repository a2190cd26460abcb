"""The one error of the package."""


class ModelError(ValueError):
    """A network, head, recipe or training run that cannot go on: says what, expected, got, what to do."""
