"""`models.detector` and `models.scores`: which images are scored, in which mode, and how scores are kept."""

import keras
import numpy as np
import pytest
from making_shards import write
from training_runs import QUICK, SIZE, recipe

import models
from models import detector, history, metrics, scores, weights
from models.checkpoint import Progress
from models.detector import Split
from models.history import Epoch
from stegdata import DataError, shards

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras, as it saves
CHANGED = {"batch_images": 4, "batch_norm_momentum": 0.9}
RECIPE = recipe(**CHANGED)
OPTIONS = {key: getattr(RECIPE, key) for key in weights.OPTIONS}


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """A network whose moving statistics are not those of the test images, and its scores of two shards of 3 and 2."""
    folder = tmp_path_factory.mktemp("scored")
    generator = np.random.default_rng(0)
    covers = generator.integers(0, 200, (5, SIZE, SIZE), dtype=np.uint8)
    covers[::2] //= 8
    stegos = covers + (generator.random(covers.shape) < 0.2)
    about = {"source": "sample", "embedder": "wow", "resize": "crop"}
    paths = [
        write(folder / "test-000.h5", covers[:3], stegos[:3], ["9", "10", "Ä__1"], **about),
        write(folder / "test-001.h5", covers[3:], stegos[3:], ["1", "b"], **about),
    ]
    keras.utils.set_random_seed(3)
    model = weights.build("xu-net", "fc", RECIPE, SIZE)
    for weight in model.weights:
        if weight.path.endswith(("moving_mean", "moving_variance")):
            weight.assign(generator.uniform(0.5, 1.5, weight.shape))
    described = {"network": "xu-net", "head": "fc", "image_size": SIZE, "recipe": QUICK | CHANGED, **OPTIONS}
    history.write(folder / "history.tsv", [Epoch(1, 0.7, 0.5, 0.6, 0.75)])
    weights.write(folder, model, Progress(best=[variable.numpy() for variable in model.variables]), described)
    return folder, paths, model, evaluate(folder, paths)


def evaluate(folder, paths, name="scores.tsv"):
    return detector.evaluate(folder, Split(paths, groups={("sample", "9"): "photo 9"}), folder / name)


def read(path):
    """(name, label) -> score, in the order of the file."""
    known = scores.read(path)
    return dict(zip(zip(known.names, known.labels.tolist(), strict=True), known.values.tolist(), strict=True))


def test_every_image_is_scored_under_its_name_and_label(scored):
    """Each alone and in inference mode, the score is that of the file: neither order nor batch mates matter."""
    folder, paths, model, _ = scored
    expected = {}
    for shard in map(shards.read, paths):
        for name, *both in zip(shard.names.tolist(), shard.cover, shard.stego, strict=True):
            for label, image in enumerate(both):
                alone = model(image[None, ..., None].astype(np.float32), training=False).numpy()[0, 1]
                expected[name, label] = float(alone)
    found = read(folder / "scores.tsv")
    assert list(found) == list(expected) and found == pytest.approx(expected, rel=1e-4)
    assert len(set(found.values())) == 10
    first = (folder / "scores.tsv").read_text().splitlines()[:2]
    assert first[0].split("\t") == ["source", "embedder", "quality", "name", "group", "label", "score"]
    assert first[1].split("\t")[:6] == ["sample", "wow", "0", "9", "photo 9", "0"]


def test_scores_do_not_depend_on_batch_mates(scored):
    folder, paths, _, _ = scored
    before = (folder / "model.json").read_text()
    (folder / "model.json").write_text(before.replace(f'"batch_images": {RECIPE.batch_images}', '"batch_images": 6'))
    evaluate(folder, paths[::-1], "other-scores.tsv")
    (folder / "model.json").write_text(before)
    assert read(folder / "other-scores.tsv") == pytest.approx(read(folder / "scores.tsv"), rel=1e-4)


def test_metrics_sum_up_the_scores_in_the_file(scored):
    folder, _, model, found = scored
    known = scores.read(folder / "scores.tsv")
    trained = models.parameter_counts(model).trained
    described = {"size": SIZE, "resize": "crop", "parameters": trained}
    described |= {"best_epoch": 1, "train_accuracy": 0.5, "val_accuracy": 0.75}
    assert found == metrics.summarise(known.labels, known.values, known.groups) | described
    assert found["images"] == 10


def test_scores_are_read_as_they_were_written(tmp_path):
    written = scores.Scores(
        ["a", "b"],
        ["uerd"] * 2,
        ["x\ty", 'Ä "1"'],
        ["p", "é"],
        np.array([75, 0]),
        np.array([0, 1]),
        np.array([0.1 + 0.2, 1e-300]),
    )
    scores.write(tmp_path / "scores.tsv", written)
    found = scores.read(tmp_path / "scores.tsv")
    for key, column in written._asdict().items():
        assert list(getattr(found, key)) == list(column), key
    assert found.right.tolist() == [True, False]
    assert found.images == [("a", "uerd", "x\ty", 0), ("b", "uerd", 'Ä "1"', 1)]
    (tmp_path / "scores.tsv").write_text("label\tscore\n1\t0.5\n")
    with pytest.raises(DataError, match=r"scores\.tsv: expected a table of source, .* got no column source"):
        scores.read(tmp_path / "scores.tsv")
