"""Settings that classifiers and means chose, and the errors of those tried: subspace, learners, lambda, weight."""

import json
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

from pandas import DataFrame

from models import FEATURE_DETECTORS
from stegdata.names import TrainedDetector
from workflow.report.style import COLOURS, LINES, styled
from workflow.report.table import Table

NOTE = (
    "Chosen without test. An ensemble chooses by its out-of-bag error (images that a learner did not see), a ridge by "
    "predicting groups (photographs, patients) that were left out, both without validation; a mean gives its network "
    "the weight with the smallest loss on validation. Error: of that choice, in per cent."
)
SETTINGS = ("subspace", "lambda", "weight")


def read(detectors: Sequence[TrainedDetector]) -> list[tuple[TrainedDetector, dict[str, Any]]]:
    """Read the choice of each feature detector and mean that had several settings to try."""
    choosing = [each for each in detectors if each.name in FEATURE_DETECTORS or len(each.components) > 1]
    files = {detector: Path(detector.file("model.json")).read_text(encoding="utf-8") for detector in choosing}
    choices = [(detector, json.loads(text)["chosen"]) for detector, text in files.items()]
    return [(detector, choice) for detector, choice in choices if "tried" in choice]


def build(detectors: Sequence[TrainedDetector]) -> Table:
    """Return a row per detector and setting that was tried."""
    rows = []
    for detector, choice in read(detectors):
        setting = next(name for name in SETTINGS if name in choice)
        names = {"data": detector.stego_set.source, "stego_set": detector.stego_set.name, "detector": detector.title}
        rows += [
            names
            | {"choice": setting, "value": f"{tried[setting]:g}", "error": tried["error"]}
            | {"chosen": "yes" if tried[setting] == choice[setting] else "", "learners": choice.get("learners")}
            for tried in choice["tried"]
        ]
    frame = DataFrame(rows).astype({"learners": "Int64"}) if rows else DataFrame()
    return Table("choices", "What classifiers chose", NOTE, frame)


def curves(detectors: Sequence[TrainedDetector]) -> DataFrame:
    """Return the out-of-bag error after each learner of the ensembles."""
    return DataFrame(
        {"stego_set": str(detector.stego_set), "detector": detector.title, "learners": number, "error": error}
        for detector, choice in read(detectors)
        for number, error in enumerate(choice.get("curve", ()), 1)
    )


def draw(path: Path, rows: DataFrame) -> None:
    """Draw the out-of-bag error by number of learners, one line per detector."""
    with styled(path, 8, 4) as figure:
        axis = figure.subplots()
        lines = rows.groupby(["stego_set", "detector"], sort=False)
        for (names, line), colour, style in zip(lines, cycle(COLOURS), cycle(LINES), strict=False):
            axis.plot(line["learners"], line["error"], style, color=colour, linewidth=1.4, label=" ".join(names))
        axis.axhline(0.5, color="grey", linewidth=1, linestyle=":")
        axis.set(xlabel="learners", ylabel="out-of-bag error", ylim=(0, 0.6))
        figure.legend(loc="outside right upper", fontsize=7)
