"""How a network is trained: one entry of `recipes` in config.yaml, as an object."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Recipe:
    """Hyper-parameters of one training; each is explained in config.yaml.

    Attributes
    ----------
    epochs : int
        Passes over the training pairs.
    batch_images : int
        Images (not pairs) of one step.
    optimizer : {"adam", "adamax", "rmsprop", "sgd"}
        Adam and Adamax (0.9, 0.999, epsilon 1e-8), RMSprop (0.9, epsilon 1e-7), or SGD with `momentum`.
    learning_rate : float
        At the first step.
    momentum : float
        Of SGD.
    schedule : {"constant", "cosine", "step"}
        Cosine falls to zero at the last step; step multiplies the rate by `factor` at each of `milestones`.
    residual : {"tanh", "clip"}
        What follows the SRM convolution.
    batch_norm_momentum : float
        Of the moving statistics.
    paired : bool
        A cover and its stego share a batch.
    augment : bool
        Eight rotations and flips, the same for both images of a pair.
    threads : int
        CPU threads of TensorFlow; sums, and so the last bits of a result, depend on it.
    crop : int or None
        Side in pixels of the windows to train on, the same for both images of a pair, at a place drawn at every visit;
        validation and evaluation take the centre. None: the whole image.
    stego : {"stored", "online"}
        Train on the stegos of the shards, or on stegos drawn from the change probabilities at every visit.
    warm_start : dict or None
        Training whose weights this one starts from: `recipe`, and `payload` and `head` where they are others.
    recalibrate : int
        Batches over which the moving statistics are taken anew before each validation; 0: as training left them.
    spatial_dropout : float
        Share of the feature maps that a training step leaves out.
    precision : {"float32", "bfloat16"}
        Of convolutions, LSTMs and dense layers; all else stays in float32.
    milestones : sequence of float
        Shares of all steps, rising.
    factor : float
        Between 0 and 1.
    unrounded : bool
        Of the JPEG domain: float32 pixels as decompressed, neither rounded nor clipped; windows begin on the 8x8 grid.
    average : int
        Steps over which the weights are averaged, exponentially, for validation and all that follows; 0: as they are.
    symmetries : bool
        Validation and tests take the mean of the scores of the eight rotations and flips.
    xla : bool
        Compile the step with XLA on a GPU; a CPU ignores it.
    """

    epochs: int
    batch_images: int
    optimizer: Literal["adam", "adamax", "rmsprop", "sgd"]
    learning_rate: float
    momentum: float
    schedule: Literal["constant", "cosine", "step"]
    residual: Literal["tanh", "clip"]
    batch_norm_momentum: float
    paired: bool
    augment: bool
    threads: int
    crop: int | None = None
    stego: Literal["stored", "online"] = "stored"
    warm_start: dict[str, Any] | None = None
    recalibrate: int = 0
    spatial_dropout: float = 0.1
    precision: Literal["float32", "bfloat16"] = "float32"
    xla: bool = False
    unrounded: bool = False
    average: int = 0
    symmetries: bool = False
    milestones: Sequence[float] = (0.8,)
    factor: float = 0.1
