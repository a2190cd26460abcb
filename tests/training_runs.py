"""Small trainings: shards that can be told apart within seconds, and networks trained on them."""

import numpy as np
from making_shards import write as write_shard

from models import feature_detector, training
from models.dataset import Pairs
from models.detector import Split
from models.features import extract
from models.recipe import Recipe
from stegdata import feature_files, shards

SIZE = 32
#: What a finished training leaves.
FILES = ["history.tsv", "last.weights.h5", "model.json", "model.weights.h5"]
QUICK = {
    "epochs": 3,
    "batch_images": 8,
    "optimizer": "adam",
    "learning_rate": 1e-3,
    "momentum": 0.0,
    "schedule": "cosine",
    "residual": "clip",
    "batch_norm_momentum": 0.5,
    "paired": True,
    "augment": True,
    "threads": 1,
}
#: Options of `train` that are data.
DATA = ("probabilities", "warm_start")


def recipe(**changes):
    """A quick recipe with changes, also such as a configuration refuses."""
    return Recipe(**QUICK).model_copy(update=changes)


def write(path, pairs, seed, *, swap=False, tell=True, size=SIZE):
    """Write a shard of smooth covers whose stegos carry +-1 in every pixel; without `tell` the covers do so too."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size] - size // 2
    slopes = generator.uniform(-2, 2, (2, pairs, 1, 1))
    smooth = (128 + slopes[0] * x + slopes[1] * y).astype(np.int16)
    noise = generator.choice([-1, 1], (2, *smooth.shape))
    cover, stego = (smooth if tell else smooth + noise[0]), smooth + noise[1]
    return write_shard(path, *((stego, cover) if swap else (cover, stego)))


def write_both(folder, size=SIZE):
    """20 training pairs and 8 for validation."""
    train = [write(folder / "train.h5", 20, seed=1, size=size)]
    return {"train": train, "val": [write(folder / "val.h5", 8, seed=2, size=size)]}


def train(folder, data, chosen, network="xu-net", head="fc", val="val", **options):
    """Train into a folder and return the history."""
    folder.mkdir(exist_ok=True)
    read = training.Data(data["train"], data[val], **{key: options.pop(key) for key in DATA if key in options})
    quiet = {"seed": 1, "log": lambda line: None}
    return training.train(network, head, chosen, read, folder=folder, **quiet | options)


def features(folder, split, pairs, seed, tell=True):
    """A shard of SPAM's own kind of stegos, with features of stegos and covers."""
    path = write(folder / f"{split}.h5", pairs, seed, tell=tell)
    shard = shards.read(path)
    files = {}
    for kind, pixels in (("stego", shard.stego), ("cover", shard.cover)):
        files[kind] = folder / f"{split}-{kind}.h5"
        rows = ((str(name), {"vectors": extract("spam", one)}) for name, one in zip(shard.names, pixels, strict=True))
        feature_files.write(files[kind], rows, pairs, {"features": "spam", "version": 1})
    return Split([path], [files["stego"]], [files["cover"]])


def fit(folder, name, train):
    pairs = Pairs(train.shards)
    groups = {(source, cover): cover for (source, _), cover in zip(pairs.origins, pairs.names, strict=True)}
    return feature_detector.fit(name, folder, train._replace(groups=groups), 1)
