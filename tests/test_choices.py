"""`workflow.report.choices`: settings that were tried and chosen, as a table."""

import json
from pathlib import Path

import pytest
from results_on_disk import detector_of, records

from workflow.report import choices

FLD = {"by": "out-of-bag AUC", "subspace": 400, "learners": 3, "error": 0.3, "auc": 0.7}
FLD |= {"tried": [{"subspace": 200, "auc": 0.6}, {"subspace": 400, "auc": 0.7}]}
RIDGE = {"by": "left out", "lambda": 0.01, "error": 0.2, "tried": [{"lambda": 0.01, "error": 0.2}]}
WEIGHT = {"by": "loss on validation", "weight": 0.4, "error": 0.1}
WEIGHT |= {"tried": [{"weight": 0.0, "loss": 0.5, "error": 0.2}, {"weight": 0.4, "loss": 0.3, "error": 0.1}]}


@pytest.fixture
def detectors(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    chosen = {"srm-fld": FLD, "spam-ridge": RIDGE, "spam-lda": {"by": "rule"}}
    choosing = {detector_of(f"a/wow-0.4bpp/{name}/seed-0"): choice for name, choice in chosen.items()}
    choosing[detector_of("a/wow-0.4bpp/xu-net-fc+srm-fld/quick/seed-1")] = WEIGHT
    for detector, choice in choosing.items():
        Path(detector.file("model.json")).write_text(json.dumps({"chosen": choice}))
    return [*choosing, detector_of("a/wow-0.4bpp/xu-net-fc/quick/seed-1")]


def test_every_setting_tried_has_a_row(detectors):
    rows = records(choices.build(detectors).rows)
    assert [(row["detector"], row["choice"], row["value"], row["chosen"]) for row in rows] == [
        ("srm-fld", "subspace", "200", ""),
        ("srm-fld", "subspace", "400", "yes"),
        ("spam-ridge", "lambda", "0.01", "yes"),
        ("xu-net-fc+srm-fld quick", "weight", "0", ""),
        ("xu-net-fc+srm-fld quick", "weight", "0.4", "yes"),
    ]
    assert (rows[1]["auc"], rows[1]["error"]) == (0.7, "") and (rows[2]["auc"], rows[2]["error"]) == ("", 0.2)
