"""The logistic model that turns features of a candidate into the probability that it is meant."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from .candidates import FEATURES
from .grams import Floats

Doubles: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reranker:
    """Weights by feature, what is added to their sum, and from which probability on a link is given.

    `version` names the model: it is the start of the checksum of what it was made from.
    """

    weights: Mapping[str, float]
    intercept: float
    threshold: float
    version: str

    def scores(self, features: Floats) -> Doubles:
        """Return the log-odds of candidates, a row of `FEATURES` each."""
        weights = np.array([self.weights[name] for name in FEATURES])
        # In double precision and one sum a row, whatever the number of candidates: the same input gives the same bits.
        return np.array([float((row * weights).sum()) + self.intercept for row in features.astype(np.float64)])


def probabilities(scores: Doubles) -> Doubles:
    """Return log-odds as probabilities.

    >>> probabilities(np.array([0.0]))
    array([0.5])
    """
    said: Doubles = 1 / (1 + np.exp(-np.clip(scores, -30, 30)))
    return said


@cache
def default_reranker() -> Reranker:
    """Return the model that `bench/train_linker.py` made; reads its file once."""
    found = json.loads(Path(__file__).with_name("reranker.json").read_text("utf-8"))
    return Reranker(found["weights"], found["intercept"], found["threshold"], found["version"])


def trained(rows: Floats, meant: Sequence[bool], penalty: float) -> tuple[Mapping[str, float], float]:
    """Return weights and intercept of a logistic regression, by Newton's method with halved steps.

    Args:
        rows: features of candidates.
        meant: for each, whether it is what the text means.
        penalty: how much the square of a weight costs, over features of equal spread.
    """
    values = rows.astype(np.float64)
    mean, spread = values.mean(axis=0), values.std(axis=0)
    spread[spread < 1e-3] = 1.0
    table = np.concatenate([(values - mean) / spread, np.ones((len(values), 1))], axis=1)
    truth = np.array(meant, dtype=np.float64)
    costs = np.full(table.shape[1], penalty)
    costs[-1] = 1e-6
    weights = np.zeros(table.shape[1])
    weights[-1] = np.log(truth.mean() / (1 - truth.mean()))

    def loss(tried: Doubles) -> float:
        sums = table @ tried
        return float((np.logaddexp(0, sums) - truth * sums).sum() + (costs * tried**2).sum() / 2)

    now = loss(weights)
    for _ in range(100):
        said = probabilities(table @ weights)
        slope = table.T @ (said - truth) + costs * weights
        bend = (table * (said * (1 - said))[:, None]).T @ table + np.diag(costs)
        step, size = np.linalg.solve(bend, slope), 1.0
        while loss(weights - size * step) > now and size > 1e-6:
            size /= 2
        weights = weights - size * step
        before, now = now, loss(weights)
        if before - now < 1e-9:
            break
    scaled = weights[:-1] / spread
    return dict(zip(FEATURES, map(float, scaled), strict=True)), float(weights[-1] - (scaled * mean).sum())
