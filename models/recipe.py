"""How a network is trained: one entry of `recipes` in config.yaml, as an object."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Recipe:
    """Hyper-parameters of one training; each is explained in config.yaml.

    Attributes
    ----------
    epochs : int
        Passes over the training pairs.
    batch_images : int
        Images (not pairs) of one step.
    optimizer : {"adam", "sgd"}
        Adam (0.9, 0.999, epsilon 1e-8), or SGD with `momentum`.
    learning_rate : float
        At the first step.
    momentum : float
        Of SGD.
    schedule : {"constant", "cosine"}
        Cosine falls to zero at the last step.
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
    """

    epochs: int
    batch_images: int
    optimizer: Literal["adam", "sgd"]
    learning_rate: float
    momentum: float
    schedule: Literal["constant", "cosine"]
    residual: Literal["tanh", "clip"]
    batch_norm_momentum: float
    paired: bool
    augment: bool
    threads: int
