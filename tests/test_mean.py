"""The weighted mean of a network and a feature detector."""

import json
from pathlib import Path

import numpy as np
import pytest
from commands import refusals
from training_runs import SIZE, features, fit, recipe, train

from embedders import Domain, dct
from models import ModelError, detector, mean, scores
from models.detector import Split
from stegdata import DataError, shards
from stegdata.formats import images
from workflow import command

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras, as it saves


def test_the_weight_with_the_smallest_loss_is_chosen():
    generator = np.random.default_rng(1)
    labels = np.tile([0, 1], 40)
    one, other = (np.clip(labels * 0.5 + 0.25 + generator.normal(0, spread, 80), 0.01, 0.99) for spread in (0.2, 0.4))
    found = mean.weigh(labels, one, other)
    losses = []
    for number in range(21):
        mixed = [number / 20 * a + (1 - number / 20) * b for a, b in zip(one, other, strict=True)]
        losses.append(-sum(np.log(m if label else 1 - m) for m, label in zip(mixed, labels, strict=True)) / 80)
    assert np.allclose([tried["loss"] for tried in found["tried"]], losses)
    assert found["weight"] == pytest.approx(np.argmin(losses) / 20) and 0.5 < found["weight"] < 1
    wrong = (found["weight"] * one + (1 - found["weight"]) * other >= 0.5) != labels
    assert found["error"] == pytest.approx(wrong.mean())
    assert mean.weigh(labels, one, one)["weight"] == 0
    assert mean.weigh(labels, labels + 0.0, other)["weight"] == 1


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A network and a feature detector, trained and scored on the same pairs, and their mean."""
    root = tmp_path_factory.mktemp("mean")
    sets = {name: features(root, name, pairs, seed) for seed, (name, pairs) in enumerate([("train", 20), ("val", 8)])}
    network, other, both = (root / "detectors" / name for name in ("network", "features", "both"))
    for folder in (network, other, both):
        folder.mkdir(parents=True)
    train(network, {name: split.shards for name, split in sets.items()}, recipe(epochs=1))
    fit(other, "spam-lda", sets["train"])
    test = features(root, "test", 6, 5)
    for folder in (network, other):
        detector.evaluate(folder, sets["val"], folder / "val-scores.tsv")
        detector.evaluate(folder, test, folder / "scores.tsv")
    chosen = mean.fit(both, (network, other), [folder / "val-scores.tsv" for folder in (network, other)])
    return {"root": root, "test": test, "chosen": chosen, "folders": (network, other, both)}


def components(name, *folders):
    return Split(components=[folder / name for folder in folders])


def test_it_is_chosen_on_validation_and_tested_on_the_scores_of_both(made):
    network, other, both = made["folders"]
    val = [scores.read(folder / "val-scores.tsv") for folder in (network, other)]
    chosen = made["chosen"]
    assert chosen == mean.weigh(np.tile([0, 1], 8), *(each.values for each in val))
    assert chosen == json.loads((both / "model.json").read_text())["chosen"]
    summary = detector.evaluate(both, components("scores.tsv", network, other), both / "scores.tsv")
    ours, *known = (scores.read(folder / "scores.tsv") for folder in (both, network, other))
    share = chosen["weight"]
    np.testing.assert_allclose(ours.values, share * known[0].values + (1 - share) * known[1].values, atol=1e-15)
    assert ours.images == known[0].images and summary["accuracy"] == ours.right.mean()
    assert summary["val_accuracy"] == pytest.approx(1 - chosen["error"])
    of_network = json.loads((network / "metrics.json").read_text())
    assert {key: summary[key] for key in ("size", "resize", "parameters")} == {
        key: of_network[key] for key in ("size", "resize", "parameters")
    }


def test_it_is_opened_and_scores_images_as_it_did_the_test_split(made, capsys):
    network, other, both = made["folders"]
    detector.evaluate(both, components("scores.tsv", network, other), both / "scores.tsv")
    known, opened = scores.read(both / "scores.tsv"), detector.load(both)
    assert (opened.size, opened.domain) == (SIZE, "spatial")
    stegos = shards.read(made["test"].shards[0]).stego
    np.testing.assert_allclose(opened.scores([(stego,) for stego in stegos]), known.values[1::2], atol=2e-6)
    images.write_pgm(made["root"] / "stego.pgm", stegos[0])
    assert command.main(["detect", "--json", "--model", str(both), str(made["root"] / "stego.pgm")]) == 0
    assert json.loads(capsys.readouterr().out)["score"] == pytest.approx(known.values[1], abs=2e-6)


def test_a_network_of_pixels_and_features_of_coefficients_look_at_the_same_jpeg(tmp_path):
    class Known:
        """Scores by what it is given: the mean pixel, or the share of coefficients that are zero."""

        size = SIZE

        def __init__(self, domain):
            self.domain = domain

        def scores(self, given):
            if self.domain == "jpeg":
                return np.array([(plane == 0).mean() for plane, _ in given])
            return np.array([pixels.mean() / 255 for (pixels,) in given])

    table = np.full((8, 8), 16, np.uint16)
    plane = np.random.default_rng(1).integers(-2, 3, (SIZE, SIZE)).astype(np.int16)
    description = {"parts": dict.fromkeys(mean.COMPONENTS), "chosen": {"weight": 0.25, "error": 0}}
    both = mean.MeanDetector(tmp_path, description)
    both.components = Known(Domain.SPATIAL), Known(Domain.JPEG)
    expected = 0.25 * dct.decode(plane, table).mean() / 255 + 0.75 * (plane == 0).mean()
    assert both.domain == "jpeg" and both.scores([(plane, table)]) == pytest.approx([expected])


def test_other_images_and_parts_that_were_trained_anew_are_refused(made, tmp_path, capsys):
    network, other, both = made["folders"]
    with pytest.raises(ModelError, match=r"expected scores of the images of .*, got others: delete both, run again"):
        mean.read_both(network / "scores.tsv", other / "val-scores.tsv")
    (tmp_path / "model.json").write_text('{"parts": {}}')
    with pytest.raises(ModelError, match=r"expected model\.json with parts and chosen weight, got others"):
        detector.load(tmp_path)
    path = Path(other / "model.json")
    before = path.read_text()
    path.write_text(before.replace('"seed": 1', '"seed": 2'))
    with pytest.raises(DataError, match=r"model\.json: expected sha256 .*delete .*both and run again"):
        assert detector.load(both).size  # which opens both
    assert "expected sha256" in refusals(capsys, "detect", "--model", both, made["root"] / "stego.pgm")[1][0]
    path.write_text(before)
