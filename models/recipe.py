"""How a network is trained: one entry of `recipes` in config.yaml, as an object."""

from typing import Annotated

from pydantic import AfterValidator, Field

from embedders import Domain
from models import HEADS, PRECISIONS, RESIDUALS
from models.values import Choice, Flag, Keys, Name, Number, Positive, Share, Some, Sparse, Whole


class WarmStart(Sparse):
    """The training whose weights another one starts from."""

    recipe: Name = Field(description="recipe of the training to start from")
    payload: Annotated[float, Number(0, ends="(]")] | None = Field(None, description="its payload, if another")
    head: Annotated[str, Choice(HEADS)] | None = Field(None, description="its head, if another")


def _rising(shares: list[float]) -> list[float]:
    if shares != sorted(shares):
        raise ValueError(f"expected rising numbers, got {shares}")
    return shares


class Recipe(Keys):
    """How a network is trained; the defaults are the paper's."""

    epochs: Positive = Field(description="passes over the training pairs")
    batch_images: Annotated[int, Number(2, whole=True, even=True)] = Field(description="images (not pairs) of one step")
    optimizer: Annotated[str, Choice(("adam", "adamax", "rmsprop", "sgd"))] = Field(
        "adam", description="adam (0.9, 0.999, epsilon 1e-8), adamax (the same), rmsprop (0.9, 1e-7), or sgd (momentum)"
    )
    learning_rate: Annotated[float, Number(0, 1, "(]")] = Field(0.001, description="at the first step")
    momentum: Share = Field(0.0, description="of sgd")
    schedule: Annotated[str, Choice(("constant", "cosine", "step"))] = Field(
        "constant",
        description="of the learning rate: constant, cosine (falls to zero at the last step), or step (times "
        "`factor` at "
        "each of `milestones`)",
    )
    milestones: Annotated[Some[Annotated[float, Number(0, 1, "()")]], AfterValidator(_rising)] = Field(
        [0.8], description="shares of all steps, rising, at which schedule step lowers the rate"
    )
    factor: Annotated[float, Number(0, 1, "()")] = Field(0.1, description="what schedule step multiplies the rate by")
    residual: Annotated[str, Choice(RESIDUALS)] = Field(
        "tanh", description="what follows the SRM filters: tanh (3 tanh x, the paper) or clip (at -3 and 3)"
    )
    batch_norm_momentum: Share = Field(0.2, description="of the moving statistics that evaluation uses")
    spatial_dropout: Share = Field(0.1, description="share of feature maps left out in a step")
    paired: Flag = Field(False, description="cover and stego of a pair share a batch")
    augment: Flag = Field(False, description="eight rotations and flips, the same for both images of a pair")
    crop: Annotated[int, Number(32, whole=True)] | None = Field(
        None,
        description="side in pixels of windows to train on, placed anew at every visit; validation and test take the "
        "centre; null takes whole images",
    )
    stego: Annotated[str, Choice(("stored", "online"))] = Field(
        "stored", description="stored, or online: stegos of the train split are embedded anew at every visit"
    )
    warm_start: WarmStart | None = Field(
        None, description="the training whose weights this one starts from, which is run first"
    )
    recalibrate: Whole = Field(
        0, description="batches over which batch-norm statistics are taken anew before validation"
    )
    average: Whole = Field(
        0, description="steps over which weights are averaged, exponentially, for validation and test; 0 for none"
    )
    symmetries: Flag = Field(
        False,
        description="validation and test take the mean score of the eight rotations and flips, at eight times the cost",
    )
    precision: Annotated[str, Choice(PRECISIONS)] = Field(
        "float32", description="float32, or bfloat16 for convolutions, LSTMs and dense layers"
    )
    unrounded: Flag = Field(
        False,
        description="of the JPEG domain: pixels as decompressed, neither rounded nor clipped; needs `keep: "
        "coefficients` "
        "of the source",
    )
    xla: Flag = Field(False, description="compile the step on a GPU")
    threads: Positive = Field(
        8, description="CPU threads of one training, on which the last bits of its weights depend; --cores is the most"
    )

    @property
    def domain(self) -> Domain:
        """Domain of the images to train on: coefficients, where pixels are taken unrounded."""
        return Domain.JPEG if self.unrounded else Domain.SPATIAL
