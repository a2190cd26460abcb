"""`models.many_splits` and `workflow.report.spread`: photographs dealt anew, and what comes out of it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas import DataFrame
from results_on_disk import records

from models import classifiers, many_splits
from models.feature_detector import FeatureDetector
from stegdata import DataError
from stegdata.names import TrainedDetector
from workflow.report import detectability, spread

SHARES = {"train": 0.6, "val": 0.1, "test": 0.3}
FLD, RIDGE = (TrainedDetector.parse(f"a/wow-0.4bpp/{name}/seed-0") for name in ("srm-fld", "srm-ridge"))


@given(st.integers(10, 40), st.integers(1, 5), st.integers(1, 9))
@settings(max_examples=40)
def test_groups_are_whole_and_shares_those_of_the_source(groups, pairs, number):
    names = np.array([f"p{group}" for group in range(groups) for _ in range(pairs)])
    train, test = many_splits.dealt(names, SHARES, number)
    assert not set(names[train]) & set(names[test])
    for part, share in ((train, 0.6), (test, 0.3)):
        assert abs(len(part) - share * len(names)) <= 2 * pairs
    again, _ = many_splits.dealt(names[::-1], SHARES, number)
    assert set(names[::-1][again]) == set(names[train])  # whatever the order of pairs


def test_splits_differ_and_cover_everything():
    names = np.array([f"p{group}" for group in range(30)])
    tested = [frozenset(names[many_splits.dealt(names, SHARES, number)[1]]) for number in range(1, 11)]
    assert len(set(tested)) == 10 and frozenset.union(*tested) == set(names)


def test_a_row_is_one_fit_on_the_train_photographs_and_one_score_of_the_test_photographs(monkeypatch):
    """Features that tell cover from stego in all photographs but p0: whichever split tests p0 is the worse for it."""
    rng = np.random.default_rng(1)
    groups = np.repeat([f"p{number}" for number in range(20)], 6)
    features = rng.normal(size=(12, 240)).astype(np.float32)
    features[:4, 1::2] += 4 * (groups != "p0")
    pairs = FakePairs(groups)
    monkeypatch.setattr(many_splits, "Pairs", lambda shards, excluded: pairs)
    monkeypatch.setattr(many_splits, "gather", lambda name, opened, split: features)
    fitted = FeatureDetector("spam", "lda", {}, 64, {"chosen": {}})
    monkeypatch.setattr(many_splits, "load", lambda folder: fitted)
    split = many_splits.Split(groups={("a", name): group for name, group in zip(pairs.names, groups, strict=True)})
    rows = many_splits.measure(Path("x/seed-0"), split, SHARES, 5)
    for row in rows:
        train, test = many_splits.dealt(np.array([f"a/{group}" for group in groups]), SHARES, row.split)
        known = classifiers.fit("lda", many_splits._taken(features, train), list(groups[train]), row.split)
        values = classifiers.scores(known.arrays, many_splits._taken(features, test))
        assert row.accuracy == np.mean((values >= 0.5) == np.tile([0, 1], len(test)))
        assert (row.train_pairs, row.test_pairs) == (len(train), len(test))
        assert (row.accuracy > 0.97) == ("p0" not in groups[test])
    assert len({row.accuracy for row in rows}) > 1 and "5 splits: accuracy" in many_splits.in_words(rows)


class FakePairs:
    def __init__(self, groups):
        self.names = [f"c{number}" for number in range(len(groups))]
        self.origins = [("a", "wow")] * len(groups)


def test_rows_are_read_as_they_were_written(tmp_path):
    rows = [many_splits.Row(1, 60, 30, 6, 3, 0.1 + 0.2, 0.3, 0.7, 0.75, 0.9)]
    many_splits.write(tmp_path / "splits-1.tsv", rows)
    assert many_splits.read(tmp_path / "splits-1.tsv") == rows
    (tmp_path / "splits-1.tsv").write_text("split\n1\n")
    with pytest.raises(DataError, match="expected a table of split, train_pairs"):
        many_splits.read(tmp_path / "splits-1.tsv")


def of_detector(*accuracies):
    return DataFrame(
        many_splits.Row(i, 60, 30, 6, 3, value, 1 - value, value, 0.7, 0.9) for i, value in enumerate(accuracies)
    )


def test_mean_and_deviation_by_hand():
    overall, differences = spread.build({FLD: of_detector(0.6, 0.7, 0.8), RIDGE: of_detector(0.6, 0.6, 0.6)})
    fld, ridge = records(overall.rows)
    assert fld["accuracy"] == pytest.approx(0.7) and fld["accuracy_sd"] == pytest.approx(0.1)
    assert (fld["lowest"], fld["highest"], fld["splits"], fld["test_groups"]) == (0.6, 0.8, 3, 3)
    assert (ridge["p_e"], ridge["p_e_sd"]) == pytest.approx((0.4, 0))
    (row,) = records(differences.rows)
    assert (row["first"], row["second"], row["first_better"]) == ("srm-fld", "srm-ridge", 2)
    assert row["accuracy_difference"] == pytest.approx(0.1) and row["accuracy_difference_sd"] == pytest.approx(0.1)


def test_tables_print_plus_and_minus(tmp_path):
    for table in spread.build({FLD: of_detector(0.6, 0.7, 0.8), RIDGE: of_detector(0.6, 0.6, 0.6)}):
        table.write(tmp_path)
    assert "70.0 ± 10.0" in (tmp_path / "over-splits.md").read_text()
    assert "+10.0 ± 10.0" in (tmp_path / "split-differences.md").read_text()
    assert not len(spread.build({})[0].rows)


def test_p_e_against_payload_is_that_over_splits(tmp_path):
    detectors = [TrainedDetector.parse(f"a/wow-{payload}bpp/srm-fld/seed-0") for payload in (0.2, 0.4)]
    splits = {detectors[0]: of_detector(0.6, 0.6), detectors[1]: of_detector(0.7, 0.8)}
    rows = detectability.build(detectors, splits).rows
    assert [(row["payload"], row["p_e"], row["splits"]) for row in records(rows)] == [
        ("0.2 bpp", pytest.approx(0.4), 2),
        ("0.4 bpp", pytest.approx(0.25), 2),
    ]
    detectability.draw(tmp_path / "figure", rows)
    assert (tmp_path / "figure.png").stat().st_size > 5000
