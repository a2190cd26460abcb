"""Settings that classifiers and means chose, and what those came to that were tried: subspace, lambda, weight."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pandas import DataFrame

from models import FEATURE_DETECTORS
from stegdata.names import TrainedDetector
from workflow.report.table import Table

NOTE = (
    "Chosen without test. An ensemble chooses by its out-of-bag AUC (photographs that a learner did not see), a ridge "
    "by its error on groups (photographs, patients) that were left out, both without validation; a mean gives its "
    "network the weight with the smallest loss on validation. Error in per cent."
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
            | {"choice": setting, "value": f"{tried[setting]:g}", "auc": tried.get("auc"), "error": tried.get("error")}
            | {"chosen": "yes" if tried[setting] == choice[setting] else ""}
            for tried in choice["tried"]
        ]
    frame = DataFrame(rows).astype({"auc": "float64", "error": "float64"}) if rows else DataFrame()
    return Table("choices", "What classifiers chose", NOTE, frame)
