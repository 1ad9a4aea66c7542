"""Average precision and AUC over a stream of pixels, with error bounds."""

from typing import Any

import keras
from keras import ops

from dmtdr_tf.files.errors import UserError

__all__ = ["BinnedAveragePrecision", "binned_auc", "binned_average_precision"]

# Doublings of a score from 2^-35 (all below share a bin) to 0.5, and of its
# complement from 2^-24 (float32 has none closer to 1) to 0.5.
_LOWER_OCTAVES, _UPPER_OCTAVES = 34, 23
_MANTISSA_BITS = 23


def _per_bin(counts: Any) -> tuple[Any, Any, Any, Any, Any]:
    """Lays a histogram out from the highest score down.

    Returns:
        Positives and negatives per bin, positives and negatives in all bins
        above it, and whether the bin's own order is open (it may hold
        different scores).
    """
    counts = ops.flip(ops.cast(counts, "float64"), axis=1)
    negatives, positives = counts[0], counts[1]
    above = ops.cumsum(counts, axis=1) - counts
    number = ops.arange(counts.shape[1])
    is_open = (number > 0) & (number < counts.shape[1] - 1)
    return positives, negatives, above[1], above[0], is_open


def binned_average_precision(counts: Any) -> tuple[Any, Any]:
    """Computes average precision from a histogram of scores.

    The value takes all scores of a bin as equal. A positive's precision is
    lowest when its bin's negatives come before it, and highest when the bin's
    positives come first and together; both sums bound the exact value.

    Args:
        counts: `[2, bins]`: negatives, positives; lowest scores first. The
            first and the last bin hold one score each: they are exact.

    Returns:
        The value and the largest possible error, float64 scalars; 0 and 0
        where there is no positive.
    """
    positives, negatives, true, false, is_open = _per_bin(counts)
    hits = true + positives
    seen = hits + false + negatives
    value = positives * ops.divide_no_nan(hits, seen)
    highest = positives * ops.divide_no_nan(hits, hits + false)
    # sum over k of (true + k) / (true + k + c), k = 1 .. positives, from
    # below: 1 / x is convex, so each term is at most its mid-point integral.
    c = false + negatives
    lowest = positives - c * ops.log1p(positives / (true + c + 0.5))
    highest = ops.where(is_open, highest, value)
    lowest = ops.where(is_open, lowest, value)
    total = ops.sum(positives)
    return _value_and_error(value, lowest, highest, total)


def binned_auc(counts: Any) -> tuple[Any, Any]:
    """Computes the area under the ROC curve from a histogram of scores.

    The probability that a positive scores higher than a negative, equal
    scores counting half. Pairs within one bin are taken as equal, and may be
    all right or all wrong.

    Args:
        counts: As in `binned_average_precision`.

    Returns:
        The value and the largest possible error, float64 scalars; 0 and 0
        where there is no positive or no negative.
    """
    positives, negatives, true, _, is_open = _per_bin(counts)
    right = negatives * true
    tied = 0.5 * positives * negatives
    either = ops.where(is_open, tied, ops.zeros_like(tied))
    value = right + tied
    pairs = ops.sum(positives) * ops.sum(negatives)
    return _value_and_error(value, value - either, value + either, pairs)


def _value_and_error(
    value: Any, lowest: Any, highest: Any, total: Any
) -> tuple[Any, Any]:
    value, lowest, highest = (
        ops.divide_no_nan(ops.sum(x), total) for x in (value, lowest, highest)
    )
    return value, ops.maximum(highest - value, value - lowest)


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class BinnedAveragePrecision(keras.metrics.Metric):
    """Average precision of one lesion, pooled over all pixels of a stream.

    Scores below 0.5 are counted in bins that are equally many for every
    doubling of the score, scores above for every doubling of `1 - score`:
    about the logit scale. 0 (with the denormals) and 1 have bins of their own:
    a saturated score is an exact tie. The histogram also gives the AUC, and
    for both the largest error due to binning.

    Args:
        octave_bins: Bins per doubling, a power of 2.
        name: Name of the metric.
        dtype: Ignored: integer counts, float64 sums, float32 result.

    Input shape:
        y_true: `[B, ...]` masks, 0 or 1.
        y_pred: `[B, ...]` probabilities in [0, 1].
        sample_weight: `[B]`; a photograph counts when its weight is above 0.

    Output shape:
        A scalar in [0, 1], float32; 0 when no pixel is positive.

    Raises:
        UserError: `octave_bins` is not a power of 2 in [1, 4096].

    Example: right at ranks 1 and 3: `(1 + 2/3) / 2`.

    >>> metric = BinnedAveragePrecision()
    >>> metric.update_state([[1, 0, 1, 0]], [[0.9, 0.8, 0.7, 0.1]])
    >>> round(float(metric.result()), 4)
    0.8333
    """

    def __init__(
        self,
        octave_bins: int = 512,
        name: str = "average_precision",
        dtype: Any = None,
    ):
        super().__init__(name=name, dtype="float32")
        if octave_bins not in [2**k for k in range(13)]:
            raise UserError(
                f"must be a power of 2 in [1, 4096], not {octave_bins}",
                argument="octave_bins",
            )
        self.octave_bins = octave_bins
        # The inner bins, and those of 0 and 1.
        self.bins = (_LOWER_OCTAVES + _UPPER_OCTAVES) * octave_bins + 3
        # int64: a test split has more background pixels than float32 counts.
        self.counts = self.add_variable(
            (2, self.bins), "zeros", dtype="int64", name="counts"
        )

    def update_state(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        y_true = ops.convert_to_tensor(y_true)
        index = self._bin(ops.cast(y_pred, "float32"))
        index = ops.where(y_true > 0, index + self.bins, index)
        if sample_weight is not None:
            ones = (1,) * (len(index.shape) - 1)
            counted = ops.reshape(sample_weight, (-1, *ones)) > 0
            # One more bin for what does not count, dropped below.
            index = ops.where(counted, index, 2 * self.bins)
        counts = ops.bincount(
            ops.reshape(index, (-1,)), minlength=2 * self.bins + 1
        )
        counts = ops.reshape(counts[: 2 * self.bins], (2, self.bins))
        self.counts.assign_add(ops.cast(counts, "int64"))

    def _bin(self, score: Any) -> Any:
        """The bin of each score, int32, as the scores' shape.

        A float's bits, read as an integer, grow with the float and are its
        logarithm, piecewise linear: exact order without a logarithm.
        """
        is_upper = score >= 0.5
        part = ops.where(is_upper, 1.0 - score, score)
        lowest = ops.where(
            is_upper, 2.0 ** -(_UPPER_OCTAVES + 1), 2.0 ** -(_LOWER_OCTAVES + 1)
        )
        lowest = ops.cast(lowest, "float32")
        part = ops.view(ops.maximum(part, lowest), "int32")
        steps = part - ops.view(lowest, "int32")
        index = ops.right_shift(
            steps, _MANTISSA_BITS - self.octave_bins.bit_length() + 1
        )
        index = ops.where(is_upper, self.bins - 2 - index, 1 + index)
        index = ops.where(score <= 0, 0, index)
        return ops.where(score >= 1, self.bins - 1, index)

    def counts_from(self, thresholds: Any) -> Any:
        """Counts the pixels whose score is at least a threshold.

        Args:
            thresholds: `[T]` in [0, 1]; each counts from the start of its bin.

        Returns:
            int64 array `[2, T]`: negatives, positives.
        """
        first = ops.convert_to_numpy(
            self._bin(ops.convert_to_tensor(thresholds, "float32"))
        )
        counts = ops.convert_to_numpy(self.counts)
        return counts[:, ::-1].cumsum(axis=1)[:, ::-1][:, first]

    def result(self) -> Any:
        return ops.cast(self.average_precision()[0], "float32")

    def average_precision(self) -> tuple[Any, Any]:
        """Returns the average precision and the bound of its error."""
        return binned_average_precision(self.counts)

    def auc(self) -> tuple[Any, Any]:
        """Returns the area under the ROC curve and the bound of its error."""
        return binned_auc(self.counts)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "octave_bins": self.octave_bins}
