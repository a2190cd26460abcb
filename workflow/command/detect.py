"""Score images with a trained network: probability of stego, one line an image, tab-separated."""

import argparse
import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.scores import THRESHOLD
from stegdata import DataError
from workflow.command.inputs import Input, find

if TYPE_CHECKING:
    from models.detector import Detector

BATCH = 32
ENDINGS = (".pgm", ".png", ".jpg", ".jpeg")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `run` takes."""
    parser.add_argument("images", nargs="+", type=Path, metavar="IN", help="PGM, PNG or JPEG files, or folders of them")
    parser.add_argument(
        "--model", required=True, type=Path, metavar="DIR", help="folder of a training, results/detectors/.../seed-1"
    )


def run(options: argparse.Namespace) -> None:
    """Print one line an image; raises DataError or ModelError."""
    images = find(options.images, ENDINGS)
    from models import detector as detectors
    from stegdata import progress

    detector = detectors.load(options.model)
    print("\n".join(f"# {line}" for line in operating_point(detector)))
    table = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    table.writerow(["image", "score", "called"])
    for image, score in progress.follow(_scored(detector, images), "detect", len(images)):
        table.writerow([image.path, f"{score:.6f}", "stego" if score >= THRESHOLD else "cover"])


def operating_point(detector: "Detector") -> Iterator[str]:
    """Say what the threshold is, and what it costs where that was measured."""
    yield f"threshold {THRESHOLD}: an image is called stego from this score on"
    if detector.false_alarm is None:
        yield "false alarms unknown: the folder holds no scores.tsv of a test split"
    else:
        alarms, missed = 100 * detector.false_alarm, 100 * detector.missed
        yield (
            f"on the {detector.covers} test covers of its training and their stegos: {alarms:.1f} % false alarms, "
            f"{missed:.1f} % missed detections; other images may differ"
        )


def _scored(detector: "Detector", images: list[Input]) -> Iterator[tuple[Input, float]]:
    for start in range(0, len(images), BATCH):
        batch = images[start : start + BATCH]
        pixels = [_read(image.path, detector.size) for image in batch]
        yield from zip(batch, detector.scores(np.stack(pixels)).tolist(), strict=True)


def _read(path: Path, size: int) -> NDArray[np.uint8]:
    """Read grey pixels as the shards hold them: of a JPEG the luminance that libjpeg decodes."""
    from stegdata.formats import grey, jpeg

    pixels = jpeg.read(path).luminance if path.suffix.lower() in (".jpg", ".jpeg") else grey.read(path)
    if pixels.shape != (size, size):
        raise DataError(
            f"{path}: expected {size}x{size} pixels, as the network was trained on, got "
            f"{'x'.join(map(str, pixels.shape))}: resize or crop it as the training data were"
        )
    return pixels
