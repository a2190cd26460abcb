"""The one error of the package."""


class ModelError(ValueError):
    """A network, head, recipe or training run that cannot go on; the message says what, expected and got, what to do."""
