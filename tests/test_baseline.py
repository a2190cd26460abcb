"""The baseline on data that it can and cannot tell apart."""

import numpy as np
import pytest
from training_runs import SIZE, write

from models import baseline, scores


@pytest.mark.parametrize("tell", [True, False])
def test_it_learns_what_can_be_told_and_only_that(tmp_path, tell):
    paths = {s: [write(tmp_path / f"{s}.h5", n, n, tell=tell)] for s, n in (("train", 60), ("val", 20), ("test", 41))}
    metrics = baseline.measure(
        train_shards=paths["train"],
        val_shards=paths["val"],
        test_shards=paths["test"],
        scores_path=tmp_path / "scores.tsv",
    )
    found = scores.read(tmp_path / "scores.tsv")
    assert len(found.values) == metrics["images"] == 82 and found.labels[:2].tolist() == [0, 1]
    assert metrics["accuracy"] == pytest.approx(np.mean((found.values >= 0.5) == (found.labels == 1)))
    assert metrics["accuracy"] > 0.95 if tell else 0.3 < metrics["accuracy"] < 0.7
    assert metrics["size"] == SIZE and 0 <= metrics["val_accuracy"] <= 1 and metrics["best_epoch"] == 0
