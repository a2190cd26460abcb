"""Score images with a trained detector: probability of stego, one line per image, tab-separated."""

import argparse
import csv
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from models import ModelError
from models import scores as score_files
from models.detector import Detector, load
from models.scores import THRESHOLD, OperatingPoint, Scores, operating_point
from stegdata import DataError, folders, formats, progress
from stegdata.names import StegoSet, scores_of
from workflow import plain_matplotlib
from workflow.command import known, outputs, pictures
from workflow.command.inputs import Input, find, naming

FALSE_ALARMS = "5%"
COLUMNS = ("image", "frame", "windows", "score", "largest", "called", "called_at_threshold")
POOL_COLUMNS = ("pool", "images", "mean", "largest", "false_alarms", "called_at_rate")


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
        help="a score from 0 to 1, or the share of covers that may be called stego, as in 5%% (default); the call at "
        "0.5 is printed too",
    )
    parser.add_argument(
        "--known-covers",
        type=Path,
        metavar="DIR",
        help="images of the same source that you know to be clean: error rates and threshold are measured on these",
    )
    parser.add_argument(
        "--self-check",
        action="store_true",
        help="embed each image once more and say what share is then called: at most so many stegos can be found there",
    )
    parser.add_argument(
        "--pool",
        choices=("folder", "patient"),
        help="judge all images of a folder, or of a patient (DICOM), together: one line per pool",
    )
    parser.add_argument(
        "--map", type=Path, metavar="DIR", help="write a PNG of each image: the more red, the higher the score"
    )
    parser.add_argument("--force", action="store_true", help="replace maps that this command wrote before")
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")


def run(options: argparse.Namespace) -> None:
    """Print one line per image, or per pool; raises DataError or ModelError."""
    images = find(options.images, tuple(formats.IMAGES), dicom=True)
    if options.map:
        _check_maps(options, images)
    plain_matplotlib.load()
    detector, reference = load(options.model), _Reference(options)
    points = reference.points(detector, options)
    again = known.Again(detector, reference.stego_set) if options.self_check else None
    comments = [*reference.comments, *(_comment(*named, reference) for named in zip(COLUMNS[-2:], points, strict=True))]
    show = _printer(options, POOL_COLUMNS if options.pool else COLUMNS, comments)
    threshold = points[1].threshold if points[1] else None
    pools: dict[str, list[float]] = defaultdict(list)
    refused = 0
    for image in progress.follow(images, "detect", len(images)):
        try:
            pool = _pool(image, options.pool)
            for score, row in _rows(image, detector, threshold, options):
                pools[pool].append(score)
                if not options.pool:
                    show(row)
            if again:
                again.look(image)
        except (DataError, ModelError) as error:
            refused += 1
            print(f"stego detect: {naming(image, error)}", file=sys.stderr)
    for name, values in sorted(pools.items()) if options.pool else ():
        show(_pool_row(name, np.array(values), reference.scores, _rate(options.threshold)))
    if again and threshold is not None:
        print(f"stego detect: {again.in_words(threshold)}", file=sys.stderr)
    if refused:
        raise DataError(f"expected to score {len(images)} files, got no score of {refused}, named above")


class _Reference:
    """Scores of covers and stegos that are known: of the user's own covers, or of the test split of the training."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._folder: Path = options.model
        self._test_scores = scores_of(options.model)
        self.scores: Scores | None = score_files.read(self._test_scores) if self._test_scores else None
        self.place = "test covers of its training"
        self.comments = ["the rates below were measured on other photographs than yours: see --known-covers"]

    @property
    def stego_set(self) -> StegoSet:
        return known.trained_on(self._test_scores, self._folder)

    def points(
        self, detector: Detector, options: argparse.Namespace
    ) -> tuple[OperatingPoint | None, OperatingPoint | None]:
        """What the detector does at 0.5, and at the requested threshold or rate."""
        if options.known_covers:
            covers = find([options.known_covers], tuple(formats.IMAGES), dicom=True)
            followed = progress.follow(covers, "known covers", len(covers))
            self.scores, problems = known.scores(detector, self.stego_set, followed)
            for problem in problems:
                print(f"stego detect: known cover passed over: {problem}", file=sys.stderr)
            self.place = "covers that you know"
            self.comments = [known.in_words(self.scores, self.stego_set)]
        return operating_point(self.scores), self._requested(options.threshold)

    def _requested(self, text: str) -> OperatingPoint | None:
        rate = _rate(text)
        if rate is None:
            value = float(text)
            return operating_point(self.scores, threshold=value) or OperatingPoint(value, None, None, 0)
        if self.scores is None and text != FALSE_ALARMS:
            raise DataError(
                f"{self._folder}: expected scores.tsv of its test split below on/, as {text} false alarms are asked, "
                "found none"
            )
        return operating_point(self.scores, false_alarms=rate)


def _rate(text: str) -> float | None:
    """Return the rate of false alarms that a threshold names, as in 5%; None for a score."""
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = -1
    if not 0 <= value <= 1:
        raise DataError(f"--threshold: expected a score from 0 to 1, or a rate as in 5%, got {text!r}")
    return value if text.endswith("%") else None


def _printer(
    options: argparse.Namespace, columns: tuple[str, ...], comments: list[str]
) -> Callable[[list[object]], None]:
    """Return a function that prints a row; print comments before, of JSON on standard error, and a header."""
    if options.json:
        for comment in comments:
            print(f"stego detect: {comment}", file=sys.stderr)
        return lambda row: print(json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False))
    for comment in comments:
        print(f"# {comment}")
    table = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    table.writerow(columns)
    return table.writerow


def _rows(
    image: Input, detector: Detector, threshold: float | None, options: argparse.Namespace
) -> Iterator[tuple[float, list[object]]]:
    """Yield score and row of each picture of a file, and draw its map."""
    for picture in pictures.read(image, detector.size, detector.domain):
        scores = known.score(detector, picture)
        if options.map:
            outputs.write_png(_map_path(options.map, picture.name), pictures.heat(picture, scores))
        mean, largest = float(scores.mean()), float(scores.max())
        calls = [_called(mean, THRESHOLD), _called(mean, threshold)]
        yield mean, [str(image.path), picture.frame, len(scores), round(mean, 6), round(largest, 6), *calls]


def _pool(image: Input, kind: str | None) -> str:
    """Name of the pool of a file: its folder or patient."""
    if kind != "patient":
        return str(image.path.parent)
    from stegdata.formats import dicom_header

    if not folders.is_dicom_file(image.path.name, image.path):
        raise DataError(f"{image.path}: expected DICOM, whose header names the patient, got another format")
    return dicom_header.read(image.path, image.path.read_bytes()).patient or str(image.path)


def _pool_row(name: str, values: np.ndarray, reference: Scores | None, rate: float | None) -> list[object]:
    log_odds = known.log_odds(values)
    row = [name, len(values), round(float(log_odds.mean()), 4), round(float(log_odds.max()), 4)]
    if reference is None:
        return [*row, None, None]
    alarms = known.pool_alarms(reference.values[reference.labels == 0], float(log_odds.mean()), len(values))
    return [*row, alarms, None if rate is None else "stego" if alarms <= rate else "cover"]


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


def _comment(column: str, point: OperatingPoint | None, reference: _Reference) -> str:
    if point is None or point.false_alarm is None or point.missed is None:
        threshold = THRESHOLD if point is None else point.threshold
        return f"{column}: from {threshold:g} on, false alarms unknown: the folder holds no scores.tsv of a test split"
    return (
        f"{column}: from {point.threshold:g} on; on the {point.covers} {reference.place} and their stegos "
        f"{known.rate_in_words(point.false_alarm)} false alarms, {known.rate_in_words(point.missed)} missed detections"
    )
