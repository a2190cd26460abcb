"""Score images with a trained network: probability of stego, one line an image, tab-separated."""

import argparse
import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from models.scores import THRESHOLD
from stegdata import DataError, formats
from workflow.command.inputs import Input, find

if TYPE_CHECKING:
    from models.detector import Detector
    from models.feature_detector import FeatureDetector

BATCH = 32
ENDINGS = (*formats.GREY, *formats.JPEG)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `run` takes."""
    parser.add_argument("images", nargs="+", type=Path, metavar="IN", help="PGM, PNG or JPEG files, or folders of them")
    parser.add_argument(
        "--model", required=True, type=Path, metavar="DIR", help="folder of a training, results/detectors/.../seed-1"
    )


def run(options: argparse.Namespace) -> None:
    """Print one line an image; raises DataError or ModelError."""
    images = find(options.images, ENDINGS)
    from stegdata import progress

    detector = load(options.model)
    print("\n".join(f"# {line}" for line in operating_point(detector)))
    table = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    table.writerow(["image", "score", "called"])
    for image, score in progress.follow(_scored(detector, images), "detect", len(images)):
        table.writerow([image.path, f"{score:.6f}", "stego" if score >= THRESHOLD else "cover"])


def operating_point(detector: "Detector | FeatureDetector") -> Iterator[str]:
    """Say what the threshold is, and what it costs where that was measured."""
    yield f"threshold {THRESHOLD}: an image is called stego from this score on"
    point = detector.point
    if point is None:
        yield "false alarms unknown: the folder holds no scores.tsv of a test split"
    else:
        alarms, missed = 100 * point.false_alarm, 100 * point.missed
        yield (
            f"on the {point.covers} test covers of its training and their stegos: {alarms:.1f} % false alarms, "
            f"{missed:.1f} % missed detections; other images may differ"
        )


def _scored(detector: "Detector | FeatureDetector", images: list[Input]) -> Iterator[tuple[Input, float]]:
    for start in range(0, len(images), BATCH):
        batch = images[start : start + BATCH]
        read = [_read(image.path, detector) for image in batch]
        yield from zip(batch, detector.scores(read).tolist(), strict=True)


def _read(path: Path, detector: "Detector | FeatureDetector") -> tuple[NDArray[Any], ...]:
    """Read grey pixels as the shards hold them, of a JPEG the luminance that libjpeg decodes; or its coefficients."""
    from stegdata.formats import grey, jpeg

    size, is_jpeg = detector.size, path.suffix.lower() in formats.JPEG
    if detector.domain == "jpeg" and not is_jpeg:
        raise DataError(f"{path}: expected a JPEG, whose coefficients this detector was trained on, got another format")
    image = jpeg.read(path) if is_jpeg else None
    pixels = grey.read(path) if image is None else image.luminance
    if pixels.shape != (size, size):
        raise DataError(
            f"{path}: expected {size}x{size} pixels, as the detector was trained on, got "
            f"{'x'.join(map(str, pixels.shape))}: resize or crop it as the training data were"
        )
    if image is not None and detector.domain == "jpeg":
        return image.coefficients[0], image.quantization_tables[0]
    return (pixels,)


def load(folder: Path) -> "Detector | FeatureDetector":
    """Open a detector of a run: a network, or a classifier of features, which needs no TensorFlow."""
    from models import feature_detector

    if (folder / feature_detector.WEIGHTS).is_file():
        return feature_detector.load(folder)
    from models import detector

    return detector.load(folder)
