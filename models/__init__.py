"""Networks that tell cover from stego, their training and their evaluation.

Importing the package loads no TensorFlow: Snakemake reads `NETWORKS` and `HEADS` while it plans, and the module of a
network is loaded by `build`.
"""

from __future__ import annotations

import difflib
import numbers
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

from models.errors import ModelError
from models.features import FEATURES

if TYPE_CHECKING:
    import keras

# before anything imports TensorFlow: oneDNN is off by default on some processors, where trainings take several times as
# long; and nothing of the user's own settings of Keras decides
os.environ |= {"TF_ENABLE_ONEDNN_OPTS": "1", "KERAS_BACKEND": "tensorflow"}

NETWORKS: tuple[str, ...] = (
    "xu-net",
    "ye-net",
    "yedroudj-net",
    "zhu-net",
    "srnet",
    "srnet-slim",
    "gbras-net",
    "first-method",
)
HEADS: tuple[str, ...] = ("fc", "lstm", "pool")
#: Networks whose features are too few and too wide for LSTMs: theirs would be as large as all else.
WITHOUT_LSTM: tuple[str, ...] = ("srnet", "srnet-slim")
#: Detectors without a network: feature set and classifier. The discriminant is for a few hundred features.
FEATURE_DETECTORS: tuple[str, ...] = (
    "spam-lda",
    *(f"{features}-{classifier}" for features in FEATURES for classifier in ("fld", "ridge")),
)
RESIDUALS: tuple[str, ...] = ("tanh", "clip")
PRECISIONS: tuple[str, ...] = ("float32", "bfloat16")
STAGES: tuple[str, ...] = ("preprocessing", "features", "classification", "softmax")

__all__ = [
    "FEATURE_DETECTORS",
    "HEADS",
    "NETWORKS",
    "PRECISIONS",
    "RESIDUALS",
    "STAGES",
    "Count",
    "ModelError",
    "ParameterCounts",
    "build",
    "has_head",
    "parameter_counts",
    "smallest_image",
]


@dataclass(frozen=True)
class Count:
    """Number of trained weights, and the paper's count of them, which takes every LSTM weight as zero (Tables 1, 5)."""

    trained: int
    paper: int


@dataclass(frozen=True)
class ParameterCounts(Count):
    """Counts of a whole model, and of each of the four `STAGES` in order; frozen weights count nowhere."""

    stages: dict[str, Count]


def build(
    name: str,
    *,
    head: str,
    image_size: int = 256,
    lstm_trainable: bool = True,
    batch_norm_momentum: float = 0.2,
    residual: str = "tanh",
    spatial_dropout: float = 0.1,
    precision: str = "float32",
) -> keras.Model:
    """Build one network with one head, with fresh weights.

    Parameters
    ----------
    name : str
        One of `NETWORKS`.
    head : str
        One of `HEADS`: fc is the three dense layers of Tabares-Soto et al. (2021), lstm the two LSTMs that the paper
        puts in their place (Fig. 4), pool the lstm head without its LSTMs. In the first method (Fig. 3) fc is
        Dense(30), lstm LSTM(30), pool neither. SRNet and GBRAS-Net have as fc what their authors have; SRNet has no
        lstm.
    image_size : int
        Side of the square images in pixels, at least `smallest_image(name, head)`.
    lstm_trainable : bool
        False freezes the LSTMs at their random start, which reproduces the counts of Table 5.
    batch_norm_momentum, spatial_dropout : float
        In [0, 1). The paper's momentum is 0.2, but 0.9 trains better; its share of the feature maps that a training
        step leaves out is 0.1.
    residual : str
        Activation of the SRM layer: tanh is 3·tanh(x) as in the paper, clip cuts off at ±3 and detects better.
    precision : str
        float32, or bfloat16: convolutions, LSTMs and dense layers in half precision; SRM layer, batch statistics,
        softmax and all weights stay in float32.

    Returns
    -------
    keras.Model
        From pixels 0..255, [n, size, size, 1], any number type, to probabilities [n, 2] float32 in the order cover,
        stego. Weights are repeatable after `keras.utils.set_random_seed`.

    Raises
    ------
    ModelError
        Unknown name, head, residual or precision; an image size, momentum or dropout out of range.
    """
    _check_choice("network", name, NETWORKS)
    _check_choice("head", head, HEADS)
    if not has_head(name, head):
        raise ModelError(f"head: expected fc or pool for {name}, whose features are too wide for LSTMs, got {head}")
    _check_choice("residual", residual, RESIDUALS)
    _check_choice("precision", precision, PRECISIONS)
    _check_size(image_size, name, head)
    for key, share in (("batch_norm_momentum", batch_norm_momentum), ("spatial_dropout", spatial_dropout)):
        if not _is_number(share, numbers.Real) or not 0 <= share < 1:
            raise ModelError(f"{key}: expected a number from 0 to below 1, got {share!r}")
    import keras

    from models.networks.blocks import Options
    from models.networks.builders import BUILDERS

    options = Options(
        head=head,
        image_size=int(image_size),
        lstm_trainable=bool(lstm_trainable),
        batch_norm_momentum=float(batch_norm_momentum),
        residual=residual,
        spatial_dropout=float(spatial_dropout),
    )
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")
    try:
        return BUILDERS[name](options)
    finally:
        keras.config.set_dtype_policy(before)


def parameter_counts(model: keras.Model) -> ParameterCounts:
    """Count the weights of a model from `build` in all and by stage: the name of each layer starts with its stage.

    Raises
    ------
    ModelError
        A layer with trained weights belongs to no stage.
    """
    import keras

    stages = dict.fromkeys(STAGES, Count(0, 0))
    for layer in model.layers:
        trained = sum(weight.shape.num_elements() for weight in layer.trainable_weights)
        stage = layer.name.partition("_")[0]
        if trained and stage not in stages:
            raise ModelError(
                f"layer {layer.name!r} of model {model.name!r}: expected a name that starts with a stage "
                f"({', '.join(STAGES)}), got none: count only models from models.build"
            )
        if trained:
            paper = 0 if isinstance(layer, keras.layers.LSTM) else trained
            stages[stage] = Count(stages[stage].trained + trained, stages[stage].paper + paper)
    counts = stages.values()
    return ParameterCounts(sum(count.trained for count in counts), sum(count.paper for count in counts), stages)


def smallest_image(name: str, head: str) -> int:
    """Return the side in pixels of the smallest images that a network with this head takes."""
    if head == "fc":
        return 32
    # the pooling in front of the LSTMs needs features of 5×5, which Xu-Net has from 37 pixels on
    return 65 if name in WITHOUT_LSTM else 40


def has_head(name: str, head: str) -> bool:
    """Whether a network is offered with this head."""
    return head != "lstm" or name not in WITHOUT_LSTM


def _check_choice(key: str, value: object, choices: Sequence[str]) -> None:
    if value not in choices:
        nearest = difflib.get_close_matches(str(value).lower(), choices, n=1, cutoff=0.4)
        hint = f"; did you mean {nearest[0]!r}?" if nearest and isinstance(value, str) else ""
        raise ModelError(f"{key}: expected one of {', '.join(choices)}, got {value!r}{hint}")


def _check_size(image_size: object, name: str, head: str) -> None:
    if not _is_number(image_size, numbers.Integral) or image_size < 1:
        raise ModelError(f"image_size: expected a positive whole number of pixels, got {image_size!r}")
    smallest = smallest_image(name, head)
    if image_size < smallest:
        raise ModelError(
            f"image_size: {name} with head {head} expected at least {smallest} pixels, got {image_size}; "
            f"the nearest valid size is {smallest}"
        )


def _is_number(value: object, number_type: type) -> TypeGuard[float]:
    return isinstance(value, number_type) and not isinstance(value, bool)
