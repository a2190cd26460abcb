"""From linear scores to probabilities, fitted on images that were not learned from; and how well these hold."""

import numpy as np
from numpy.typing import NDArray

#: Log-odds beyond this grow as a logarithm, so that different ones get different probabilities.
LARGEST = 16
#: Bins of a reliability curve, each with as many images.
BINS = 10


def probabilities(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logistic function of log-odds, float64 [n] in (0, 1), which gives different values to different log-odds."""
    size = np.abs(log_odds)
    bounded = np.minimum(size, LARGEST) + np.log1p(np.maximum(size - LARGEST, 0))
    return 1 / (1 + np.exp(-np.copysign(bounded, log_odds)))


def slope(values: NDArray[np.float64], stego: NDArray[np.bool_], steepest: float) -> float:
    """Fit the slope of the logistic function of linear scores, up to `steepest`; one over it is the temperature.

    Parameters
    ----------
    values : numpy.ndarray
        float64 [n], linear scores of images that were not learned from; from 0 on an image is called stego.
    stego : numpy.ndarray
        bool [n].

    Returns
    -------
    float
        With the least cross-entropy to Platt's targets, as n images support no certainty: J. C. Platt, "Probabilistic
        outputs for support vector machines", Advances in Large Margin Classifiers, 1999.
    """
    from scipy.optimize import minimize_scalar  # not loaded while Snakemake plans

    margins = np.where(stego, values, -values)
    doubt = 1 / (len(margins) / 2 + 2)

    def loss(candidate: float) -> float:
        return float((np.logaddexp(0, -candidate * margins) + doubt * candidate * margins).mean())

    return float(minimize_scalar(loss, bounds=(0.01, steepest), method="bounded").x)


def reliability(labels: NDArray[np.int64], values: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Compare probabilities with what came true.

    Parameters
    ----------
    labels : numpy.ndarray
        int64 [n], 0 cover, 1 stego.
    values : numpy.ndarray
        float64 [n], probability of stego.

    Returns
    -------
    curve : numpy.ndarray
        float64 [bins, 2]: mean probability and share of stegos of images in the order of their probability.
    error : float
        Expected calibration error: the mean distance of the two, weighted by images.

    Examples
    --------
    >>> import numpy as np
    >>> reliability(np.array([0, 1]), np.array([0.25, 0.75]))[1]
    0.25
    """
    order = np.argsort(values, kind="stable")
    bins = np.array_split(order, min(BINS, len(order)))
    curve = np.array([(values[rows].mean(), labels[rows].mean()) for rows in bins])
    counts = np.array([len(rows) for rows in bins])
    return curve, float((np.abs(curve[:, 0] - curve[:, 1]) * counts).sum() / len(order))
