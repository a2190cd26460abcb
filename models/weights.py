"""The weights of a finished training: written, read back, given to the next."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import keras

import models
from models import checkpoint
from models.checkpoint import Progress
from models.detector import describe, described
from models.errors import ModelError
from models.recipe import Recipe
from stegdata.files import atomic_write, check_sha256

WEIGHTS = "model.weights.h5"
#: What `models.build` needs beside network, head and image size.
OPTIONS = ("residual", "batch_norm_momentum", "spatial_dropout", "precision")


def build(network: str, head: str, recipe: Recipe, image_size: int) -> keras.Model:
    """Build the network as the recipe wants it."""
    return models.build(network, head=head, image_size=image_size, **{key: getattr(recipe, key) for key in OPTIONS})


def write(folder: Path, model: keras.Model, progress: Progress, training: Mapping[str, object]) -> None:
    """Write `last.weights.h5`, `model.weights.h5` (the best) and `model.json`, each whole or not at all."""
    for name, values in (("last", checkpoint.values(model)), ("model", progress.best)):
        checkpoint.put(model, values)
        with _weights_file(folder / f"{name}.weights.h5") as path:
            model.save_weights(path)
    describe(folder, training, WEIGHTS)


def load(folder: Path, image_size: int | None = None) -> keras.Model:
    """Build the model of a finished training and give it its weights.

    Parameters
    ----------
    folder : Path
        As `models.training.train` left it.
    image_size : int, optional
        Another side in pixels than it was trained at, which only the fc heads and no others can do.

    Raises
    ------
    ModelError
        If there is no finished training, or its weights do not fit or were changed since they were written.
    """
    try:
        training = described(folder)
        options = {key: training[key] for key in ("head", *OPTIONS)}
        model = models.build(training["network"], image_size=image_size or training["image_size"], **options)
        check_sha256(Path(folder) / WEIGHTS, training["sha256"], "delete it and run again")
        model.load_weights(Path(folder) / WEIGHTS)
    except (OSError, KeyError, ValueError) as error:
        raise ModelError(
            f"{folder}: expected a finished training (model.json, model.weights.h5) for images of "
            f"{image_size or 'its'} pixels, got {' '.join(str(error).split())}"
        ) from error
    return model


def warm_start(model: keras.Model, start: Path) -> str:
    """Copy the weights of every layer that a finished training has too, by name and shape; say how many.

    Raises
    ------
    ModelError
        If not one layer of the features fits: the start is another network.
    """
    donor = {layer.name: layer.get_weights() for layer in load(start).layers}
    layers = [layer for layer in model.layers if layer.weights]
    fitting = [
        layer
        for layer in layers
        if [w.shape for w in layer.get_weights()] == [w.shape for w in donor.get(layer.name, [])]
    ]
    if not any(layer.name.startswith("features") for layer in fitting):
        raise ModelError(f"warm_start: expected weights of {model.name}, got others in {start}: name another recipe")
    for layer in fitting:
        layer.set_weights(donor[layer.name])
    fresh = [layer.name for layer in layers if layer not in fitting]
    return f"starts from {start}: {len(fitting)} of {len(layers)} layers; fresh: {', '.join(fresh) or 'none'}"


@contextmanager
def _weights_file(path: Path) -> Iterator[Path]:
    """A temporary name that Keras takes for weights."""
    with atomic_write(path) as temporary:
        named = temporary.with_suffix(".weights.h5")
        try:
            yield named
            named.replace(temporary)
        finally:
            named.unlink(missing_ok=True)
