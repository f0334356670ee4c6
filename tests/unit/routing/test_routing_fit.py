"""Learning the weights."""

import numpy as np
import pytest

from harness.routing.fit import fit_confidence, fit_fusion, fit_none
from harness.routing.lexical import calibrated


def planted(rng, messages=200, agents=10):
    """The first feature tells the right agent, the second is noise, the third tells the wrong ones."""
    right = rng.integers(agents, size=messages)
    scores = rng.normal(size=(3, messages, agents))
    scores[0, np.arange(messages), right] += 2
    scores[2, np.arange(messages), right] -= 2
    return scores, right.tolist()


def test_the_feature_that_tells_gets_the_weight():
    """Noise gets little, a misleading feature nothing: no weight is negative."""
    weights = fit_fusion([planted(np.random.default_rng(0))])
    assert weights[0] > 10 * max(weights[1], 0.01)
    assert weights[2] == 0


def test_the_threshold_refuses_the_share_that_was_allowed():
    """Five of a hundred fitting messages may be answered ``none``."""
    rng = np.random.default_rng(0)
    fitting, unfitting = rng.normal(1, 1, (1000, 2)), rng.normal(-1, 1, (1000, 2))
    fit = fit_none(fitting, unfitting, (fitting, 0.05))
    probability = 1 / (1 + np.exp(-(fit.bias + fitting @ np.array(fit.slopes))))
    assert (probability >= fit.threshold).mean() == pytest.approx(0.05, abs=0.005)


def test_confidence_is_corrected_towards_what_came_true():
    """Belief of .99 that is right in half the cases becomes a half."""
    bias, slope = fit_confidence([([0.99] * 50 + [0.6] * 50, [True, False] * 50)])
    assert calibrated(0.99, bias, slope) == pytest.approx(0.5, abs=0.02)
