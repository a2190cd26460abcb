"""Classifiers against plain versions of them, on data that they can and cannot tell apart."""

import os
import subprocess
import sys

import naive_metrics
import numpy as np
import pytest
from making_features import data
from working_folder import ROOT

from models import ModelError, calibration, classifiers
from models.classifiers import fld, ridge


@pytest.mark.parametrize("name", classifiers.CLASSIFIERS)
def test_it_learns_what_can_be_told_and_only_that(name):
    for shift, least, most in ((1.5, 0.75, 1), (0, 0.35, 0.65)):
        train, groups = data(200, shift=shift)
        fitted = classifiers.fit(name, train, groups, 1)
        test, _ = data(200, shift=shift, seed=1)
        scores = classifiers.scores(fitted.arrays, test)
        assert scores.shape == (400,) and (scores >= 0).all() and (scores <= 1).all()
        right = np.mean((scores >= 0.5) == (np.arange(400) % 2 == 1))
        assert least <= right <= most
        if name != "lda":
            assert fitted.chosen["error"] == pytest.approx(1 - right, abs=0.1)


@pytest.mark.parametrize("name", classifiers.CLASSIFIERS)
def test_the_same_bits_again_and_constant_features_do_no_harm(name):
    train, groups = data()
    train[5] = 3
    first, second = (classifiers.fit(name, train.copy(), groups, 1) for _ in range(2))
    assert first.arrays.keys() == second.arrays.keys() and first.chosen == second.chosen
    for key in first.arrays:
        np.testing.assert_array_equal(first.arrays[key], second.arrays[key])
    assert np.isfinite(classifiers.scores(first.arrays, train)).all()


def test_another_seed_draws_other_learners():
    train, groups = data()
    first, second = (classifiers.fit("fld", train, groups, seed) for seed in (1, 2))
    assert not np.array_equal(first.arrays["weights"], second.arrays["weights"])


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("svm", None, "classifier: expected one of fld, ridge, lda, got 'svm'"),
        ("fld", "nan", "classifier fld: expected finite features"),
        ("ridge", "groups", "of two groups or more, got .* in 1 groups"),
        ("lda", "pairs", "features of cover and stego of each pair"),
    ],
)
def test_bad_input_is_one_clear_error(name, change, message):
    train, groups = data(20)
    if change == "nan":
        train[3, 4] = np.nan
    groups = ["same"] * 20 if change == "groups" else groups[:-1] if change == "pairs" else groups
    with pytest.raises(ModelError, match=message):
        classifiers.fit(name, train, groups, 1)


def standardised(train):
    """Features as ridge sees them, float64 [d, n]; labels [n]."""
    images = (train - train.mean(axis=1, keepdims=True, dtype=float)) / train.std(axis=1, keepdims=True, dtype=float)
    return images, np.tile([-1.0, 1.0], train.shape[1] // 2)


def anew(images, labels, penalty, rest, members):
    """Predictions of members by a ridge regression on the rest, with an intercept, in the dual."""
    mean = images[:, rest].mean(axis=1, keepdims=True)
    learnt, intercept = images[:, rest] - mean, labels[rest].mean()
    dual = np.linalg.solve(learnt.T @ learnt + penalty * np.eye(rest.sum()), labels[rest] - intercept)
    return (learnt @ dual) @ (images[:, members] - mean) + intercept


@pytest.mark.parametrize(("pairs", "features"), [(24, 50), (12, 500)])
def test_left_out_groups_are_predicted_as_if_the_regression_was_solved_without_them(pairs, features):
    train, groups = data(pairs, features=features)
    images, labels = standardised(train)
    numbers = np.unique(groups, return_inverse=True)[1].repeat(2)
    for penalty in (0.5, 20.0):
        predicted = ridge.left_out(images.T @ images, labels, numbers, penalty)
        for group in range(numbers.max() + 1):
            members = numbers == group
            np.testing.assert_allclose(
                predicted[members], anew(images, labels, penalty, ~members, members), rtol=1e-7, atol=1e-9
            )


@pytest.mark.parametrize("shift", [0, 0.3])
def test_the_left_out_error_is_that_of_ten_folds_where_images_are_few_and_features_many(shift):
    """Each fold standardises by the others alone; of 120 images the errors may differ by chance."""
    train, groups = data(60, features=1000, shift=shift)
    error = {row["lambda"]: row["error"] for row in classifiers.fit("ridge", train, groups, 1).chosen["tried"]}
    folds = np.unique(groups, return_inverse=True)[1].repeat(2) % 10
    wrong, labels = dict.fromkeys(ridge.LAMBDAS, 0), np.tile([-1.0, 1.0], 60)
    for fold in range(10):
        members = folds == fold
        rest = train[:, ~members].astype(float)
        images = (train - rest.mean(axis=1, keepdims=True)) / rest.std(axis=1, keepdims=True)
        unit = np.sum(images[:, ~members] ** 2) / rest.shape[1]
        for share in ridge.LAMBDAS:
            predicted = anew(images, labels, share * unit, ~members, members)
            wrong[share] += np.sum((predicted >= 0) != (labels[members] > 0))
    assert error == pytest.approx({share: count / 120 for share, count in wrong.items()}, abs=0.08)


@pytest.mark.parametrize("name", classifiers.CLASSIFIERS)
def test_images_of_different_values_never_tie(name):
    """Classes far apart, and images far beyond them: no score is 0, 1 or that of another."""
    train, groups = data(40, features=20, shift=30)
    fitted = classifiers.fit(name, train, groups, 1)
    images = np.random.default_rng(2).normal(scale=20, size=(20, 400)).astype(np.float32)
    values = fitted.arrays["weights"] @ images
    scores = classifiers.scores(fitted.arrays, images)
    assert len(np.unique(scores)) == 400 and (scores > 0).all() and (scores < 1).all()
    np.testing.assert_array_equal(np.argsort(scores), np.argsort(values))
    if name == "ridge":
        trained = fitted.arrays["weights"] @ train + fitted.arrays["offset"]
        assert float(fitted.arrays["slope"]) * np.abs(trained).max() <= ridge.LARGEST


@pytest.mark.parametrize("name", classifiers.CLASSIFIERS)
def test_the_slope_is_fitted_to_images_that_were_not_learnt_from(name):
    """Close to the one that ten folds give, each scored by a fit on the others; training images would ask for more."""
    train, groups = data(120, features=200, shift=0.6)
    fitted = classifiers.fit(name, train, groups, 1)
    folds, stego = np.unique(groups, return_inverse=True)[1].repeat(2) % 10, np.arange(240) % 2 == 1
    known = {key: fitted.chosen[key] for key in ("subspace",) if key in fitted.chosen}
    values = np.empty(240)
    for fold in range(10):
        members = folds == fold
        rest = [group for group, left_out in zip(groups, members[::2], strict=True) if not left_out]
        arrays = classifiers.fit(name, train[:, ~members], rest, 1, known=known).arrays
        values[members] = arrays["weights"] @ train[:, members] + arrays["offset"]
    steepest = float(fitted.arrays["slope"])
    assert steepest == pytest.approx(calibration.slope(values, stego, 100), rel=0.35)
    seen = fitted.arrays["weights"] @ train + fitted.arrays["offset"]
    assert steepest < 0.8 * calibration.slope(seen, stego, 100)


def test_few_images_support_no_certainty():
    """All are right by a wide margin, as with Platt's targets of 20 covers and 20 stegos: at most 21 of 22."""
    assert 1 / (1 + np.exp(-calibration.slope(np.ones(40), np.ones(40, bool), 100))) == pytest.approx(21 / 22, abs=1e-4)


def test_ridge_is_the_regression_in_the_primal():
    train, groups = data(40, features=30)
    fitted = classifiers.fit("ridge", train, groups, 1)
    images, labels = standardised(train)
    penalty = fitted.chosen["lambda"] * np.sum(images**2) / 80
    weights = np.linalg.solve(images @ images.T + penalty * np.eye(30), images @ labels)
    slope = float(fitted.arrays["slope"])
    expected = 1 / (1 + np.exp(-slope * (weights @ images)))
    np.testing.assert_allclose(classifiers.scores(fitted.arrays, train), expected, rtol=1e-6)


def test_a_learner_is_fishers_discriminant():
    """Weights as from images written down as often as they were drawn, threshold as from trying all."""
    train, _ = data(30, features=6)
    drawn = np.random.default_rng(3).integers(0, 4, 30).repeat(2)
    stego = np.arange(60) % 2 == 1
    found = fld.discriminant(train.astype(float), drawn, stego)
    rows = np.repeat(np.arange(60), drawn)
    covers, stegos = (train[:, rows[stego[rows] == embedded]].astype(float) for embedded in (False, True))
    covariance = (np.cov(covers, bias=True) * covers.shape[1] + np.cov(stegos, bias=True) * stegos.shape[1]) / len(rows)
    covariance += fld.RIDGE * np.trace(covariance) / 6 * np.eye(6)
    weights = np.linalg.solve(covariance, stegos.mean(axis=1) - covers.mean(axis=1))
    np.testing.assert_allclose(found, weights, rtol=1e-9)

    def wrong(threshold):
        return np.sum(drawn * ((weights @ train >= threshold) != stego))

    threshold = fld.threshold_of(weights @ train, drawn, stego)
    assert wrong(threshold) == min(wrong(threshold) for threshold in np.sort(weights @ train))


def test_margins_are_means_over_learners_and_out_of_bag_ones_over_those_that_did_not_see_the_group():
    """Learner by learner from the draws, which follow from the seed."""
    train, groups = data(30, features=20)
    numbers = np.unique(groups, return_inverse=True)[1]
    scale = classifiers.inverse_deviations(train)
    ensemble = fld.Ensemble(train, scale, numbers, 5, 1).grow(12)
    rng, stego = np.random.default_rng([1, 5]), np.arange(60) % 2 == 1
    margins, unseen, judges = np.zeros(60), np.zeros(60), np.zeros(60)
    for _ in range(12):
        subspace = np.sort(rng.choice(np.arange(20), 5, replace=False))
        drawn = np.bincount(rng.integers(0, 10, 10), minlength=10)[numbers].repeat(2)
        values = train[subspace] * scale[subspace, None]
        projections = fld.discriminant(values, drawn, stego) @ values
        margin = (projections - fld.threshold_of(projections, drawn, stego)) / projections.std()
        margins, unseen, judges = margins + margin / 12, unseen + (drawn == 0) * margin, judges + (drawn == 0)
    np.testing.assert_allclose((ensemble.weights @ train + ensemble.offset) / 12, margins, rtol=1e-9, atol=1e-12)
    seen = judges > 0
    np.testing.assert_allclose(ensemble.values, unseen[seen] / judges[seen], rtol=1e-9, atol=1e-12)
    assert ensemble.auc == pytest.approx(naive_metrics.auc(stego[seen].astype(int), ensemble.values))


def test_few_groups_give_a_finite_auc_and_one_group_is_refused():
    """Of two groups every second learner leaves nothing out, of one group every learner."""
    train, groups = data(8, features=20, group_size=4)
    for seed in range(4):
        assert np.isfinite(classifiers.fit("fld", train, groups, seed).chosen["auc"])
    with pytest.raises(ModelError, match="classifier fld: expected images out of the bag, got none in 1 groups"):
        fld.fit(train, np.zeros(8, int), 1, {})


def test_the_size_of_subspaces_has_the_largest_out_of_bag_auc_or_is_the_known_one():
    train, groups = data(40, features=500, shift=0.5)
    chosen = classifiers.fit("fld", train, groups, 1).chosen
    aucs = {row["subspace"]: row["auc"] for row in chosen["tried"]}
    assert list(aucs) == [200, 400, 500] and aucs[chosen["subspace"]] == max(aucs.values())
    known = classifiers.fit("fld", train, groups, 1, known={"subspace": 300}).chosen
    assert known["subspace"] == 300 and len(known["tried"]) == 1


@pytest.mark.parametrize("shift", [0, 1])
def test_the_out_of_bag_auc_is_that_of_ten_folds(shift):
    """Each fold is scored by an ensemble that was grown on the others; they may differ by chance."""
    train, groups = data(60, features=60, shift=shift)
    numbers = np.unique(groups, return_inverse=True)[1]
    out_of_bag = fld.Ensemble(train, classifiers.inverse_deviations(train), numbers, 20, 1).grow(51).auc
    values, folds = np.zeros(120), numbers.repeat(2) % 10
    for fold in range(10):
        rest = train[:, folds != fold]
        others = np.unique(numbers[numbers % 10 != fold], return_inverse=True)[1]
        grown = fld.Ensemble(rest, classifiers.inverse_deviations(rest), others, 20, 1).grow(51)
        values[folds == fold] = (grown.weights @ train[:, folds == fold] + grown.offset) / 51
    assert out_of_bag == pytest.approx(naive_metrics.auc(np.arange(120) % 2, values), abs=0.05)


ACCURACIES = """
import sys; sys.path[:0] = ["tests", "."]
import numpy as np
from making_features import data
from models import classifiers
train, groups = data(150, features=300)
test, _ = data(150, features=300, seed=1)
for name in classifiers.CLASSIFIERS:
    scores = classifiers.scores(classifiers.fit(name, train, groups, 1).arrays, test)
    print(name, int(np.sum((scores >= 0.5) == (np.arange(300) % 2 == 1))))
"""


def test_accuracies_do_not_depend_on_the_instruction_set():
    """OpenBLAS's kernels with and without AVX2 sum in other orders: last bits differ, decisions do not."""
    outputs = set()
    for core in ("", "Sandybridge"):
        environment = os.environ | ({"OPENBLAS_CORETYPE": core} if core else {})
        outputs.add(
            subprocess.run(
                [sys.executable, "-c", ACCURACIES],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
    assert len(outputs) == 1 and len(outputs.pop().splitlines()) == len(classifiers.CLASSIFIERS)
