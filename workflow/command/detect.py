"""Score images with a trained detector: probability of stego, one line per image, tab-separated."""

import argparse
import csv
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models import ModelError
from models.detector import Detector, load
from models.scores import THRESHOLD, OperatingPoint, operating_point
from stegdata import DataError, folders, formats
from stegdata.names import scores_of
from workflow.command import outputs, pictures
from workflow.command.inputs import Input, find, naming
from workflow.command.pictures import Picture

BATCH = 32
FALSE_ALARMS = "5%"
COLUMNS = ("image", "frame", "windows", "score", "largest", "called", "called_at_threshold")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `run`."""
    parser.add_argument(
        "images", nargs="+", type=Path, metavar="IN", help="images or DICOM files (every frame), or folders of them"
    )
    parser.add_argument(
        "--model", required=True, type=Path, metavar="DIR", help="folder of a detector, results/detectors/.../seed-1"
    )
    parser.add_argument(
        "--threshold",
        default=FALSE_ALARMS,
        metavar="X",
        help="a score from 0 to 1, or the share of test covers that may be called stego, as in 5%% (default); the call "
        "at 0.5 is printed too",
    )
    parser.add_argument(
        "--map", type=Path, metavar="DIR", help="write a PNG of each image: the more red, the higher the score"
    )
    parser.add_argument("--force", action="store_true", help="replace maps that this command wrote before")
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")


def run(options: argparse.Namespace) -> None:
    """Print one line per image; raises DataError or ModelError."""
    from stegdata import progress

    images = find(options.images, tuple(formats.IMAGES), dicom=True)
    if options.map:
        _check_maps(options, images)
    detector = load(options.model)
    test_scores = scores_of(options.model)
    points = operating_point(test_scores), _requested_point(test_scores, options)
    threshold = points[1].threshold if points[1] else None
    table = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    if not options.json:
        for column, point in zip(COLUMNS[-2:], points, strict=True):
            print(f"# {column}: {_in_words(point)}")
        table.writerow(COLUMNS)
    refused = 0
    for image in progress.follow(images, "detect", len(images)):
        try:
            for picture in pictures.read(image, detector.size, detector.domain):
                scores = _scores(detector, picture)
                if options.map:
                    outputs.write_png(_map_path(options.map, picture.name), pictures.heat(picture, scores))
                mean, largest = float(scores.mean()), float(scores.max())
                row = [str(image.path), picture.frame, len(scores), round(mean, 6), round(largest, 6)]
                row += [_called(mean, THRESHOLD), _called(mean, threshold)]
                if options.json:
                    print(json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False))
                else:
                    table.writerow(row)
        except (DataError, ModelError) as error:
            refused += 1
            print(f"stego detect: {naming(image, error)}", file=sys.stderr)
    if refused:
        raise DataError(f"expected to score {len(images)} files, got no score of {refused}, named above")


def _check_maps(options: argparse.Namespace, images: list[Input]) -> None:
    """Refuse maps that would replace files or lie among the images."""
    for folder in filter(Path.is_dir, options.images):
        folders.check_apart(options.map, folder)
    maps = [_map_path(options.map, name) for image in images for name in pictures.names(image)]
    outputs.check(maps, [image.path for image in images], force=options.force)


def _map_path(folder: Path, name: str) -> Path:
    return folder / f"{name}.png"


def _called(score: float, threshold: float | None) -> str | None:
    return None if threshold is None else "stego" if score >= threshold else "cover"


def _requested_point(scores: Path | None, options: argparse.Namespace) -> OperatingPoint | None:
    """Return the requested threshold and its error rates on the test split; None if the default needs scores.tsv."""
    text = options.threshold
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = -1
    if not 0 <= value <= 1:
        raise DataError(f"--threshold: expected a score from 0 to 1, or a rate as in 5%, got {text!r}")
    if not text.endswith("%"):
        return operating_point(scores, threshold=value) or OperatingPoint(value, None, None, 0)
    if scores is None and text != FALSE_ALARMS:
        raise DataError(
            f"{options.model}: expected scores.tsv of its test split below on/, as {text} false alarms are asked, "
            "found none"
        )
    return operating_point(scores, false_alarms=value)


def _in_words(point: OperatingPoint | None) -> str:
    if point is None or point.false_alarm is None or point.missed is None:
        threshold = THRESHOLD if point is None else point.threshold
        return f"from {threshold:g} on, false alarms unknown: the folder holds no scores.tsv of a test split"
    return (
        f"from {point.threshold:g} on; on the {point.covers} test covers of its training and their stegos "
        f"{100 * point.false_alarm:.1f} % false alarms, {100 * point.missed:.1f} % missed detections; other images may "
        "differ"
    )


def _scores(detector: Detector, picture: Picture) -> NDArray[np.float64]:
    """Score each window."""
    corners = [picture.corners[start : start + BATCH] for start in range(0, len(picture.corners), BATCH)]
    return np.concatenate([detector.scores([picture.window(corner) for corner in batch]) for batch in corners])
