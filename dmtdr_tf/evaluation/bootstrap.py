"""Resamples eyes to say how far a figure can be trusted."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from dmtdr_tf.config.checks import require_range
from dmtdr_tf.files.errors import UserError

__all__ = [
    "Bootstrap",
    "Path",
    "Samples",
    "certain_share",
    "interval",
    "nested",
]

# Where a figure lies in the nested dictionary of figures.
Path = tuple[str, ...]
# Figures of many resamples: `[R]` each, NaN where a resample defines none.
Samples = dict[Path, np.ndarray]

# A figure must be defined in this share of the resamples. One that only two
# eyes define is missing from 13 % of them, e^-2; one of three, from 5 %.
_LEAST_DEFINED = 0.9
# Weights `[R, N]` of so many numbers are drawn at once.
_CHUNK = 1 << 22


@dataclasses.dataclass(frozen=True)
class Bootstrap:
    """How intervals are computed.

    Each resample draws as many eyes as there are, with replacement, together
    with all of their photographs.

    Args:
        samples: Number of resamples.
        seed: Seed of the draw. The same seed draws the same eyes for every
            model, so that models can be compared in pairs.
        confidence: Share of the resamples inside an interval.

    Raises:
        UserError: A value is out of range.

    Example: two photographs of one eye, and one of another.

    >>> (weights,) = Bootstrap(samples=4).weights(np.array([0, 0, 1]))
    >>> bool((weights[:, 0] == weights[:, 1]).all())
    True

    Reference:
        Efron and Tibshirani 1993, "An Introduction to the Bootstrap",
        chapter 13 (percentile intervals).
    """

    samples: int = 2000
    seed: int = 0
    confidence: float = 0.95

    def __post_init__(self) -> None:
        require_range(self, "", ("samples",), 1)
        require_range(self, "", ("seed",), 0)
        if not 0.0 < self.confidence < 1.0:
            raise UserError(
                f"must be between 0 and 1, not {self.confidence}",
                argument="confidence",
            )

    def weights(self, groups: np.ndarray) -> Iterator[np.ndarray]:
        """Draws how often each resample contains each photograph.

        Args:
            groups: `[N]` int from 0: photographs that are drawn together.

        Yields:
            Float32 `[r, N]` of the next `r` resamples, so few that they fit
            into memory.
        """
        rng = np.random.default_rng(self.seed)
        count = int(groups.max()) + 1 if groups.size else 0
        step = max(1, _CHUNK // max(1, groups.size))
        for start in range(0, self.samples, step):
            rows = min(step, self.samples - start)
            drawn = rng.multinomial(count, np.full(count, 1 / count), rows)
            yield drawn[:, groups].astype(np.float32)

    def resample(
        self, groups: np.ndarray, figures: Callable[[np.ndarray], Samples]
    ) -> Samples:
        """Computes figures of every resample.

        Args:
            groups: As in `weights`.
            figures: From weights `[r, N]` to figures `[r]` by path.

        Returns:
            The figures, `[samples]` each.
        """
        parts = [figures(weights) for weights in self.weights(groups)]
        return {
            path: np.concatenate([part[path] for part in parts])
            for path in parts[0]
        }


def interval(
    samples: np.ndarray, confidence: float = 0.95
) -> list[float] | None:
    """Returns the percentile interval of a figure.

    Args:
        samples: `[R]`, NaN where a resample does not define the figure.
        confidence: Share of the resamples inside the interval.

    Returns:
        Lower and upper end; None where the resamples say nothing: fewer than
        about three eyes define the figure, or all resamples give the same.

    Example:
    >>> interval(np.arange(5), 0.5)
    [1.0, 3.0]
    """
    known = samples[np.isfinite(samples)]
    if not known.size or known.size < _LEAST_DEFINED * samples.size:
        return None
    rest = (1.0 - confidence) / 2
    low, high = np.quantile(known, [rest, 1.0 - rest])
    if known.max() - known.min() <= 1e-9 * max(1.0, abs(float(high))):
        return None
    return [float(low), float(high)]


def certain_share(
    share: float, eyes: int, confidence: float = 0.95
) -> list[float]:
    """Returns the exact interval of a share that is 0 or 1.

    Every resample of such eyes gives the same share, which would look
    certain.

    Args:
        share: 0 or 1.
        eyes: How many eyes were counted.
        confidence: Coverage of the interval, two-sided.

    Returns:
        Lower and upper end.

    Example: three of three say little.

    >>> [round(end, 3) for end in certain_share(1.0, 3)]
    [0.292, 1.0]

    Reference:
        Clopper and Pearson 1934.
    """
    end = ((1.0 - confidence) / 2) ** (1.0 / eyes)
    return [end, 1.0] if share else [0.0, 1.0 - end]


def nested(values: Mapping[Path, Any]) -> dict[str, Any]:
    """Returns values by path as nested dictionaries.

    Example:
    >>> nested({("grading", "kappa"): 1, ("grading", "f1"): 2})
    {'grading': {'kappa': 1, 'f1': 2}}
    """
    tree: dict[str, Any] = {}
    for path, value in values.items():
        branch = tree
        for name in path[:-1]:
            branch = branch.setdefault(name, {})
        branch[path[-1]] = value
    return tree
