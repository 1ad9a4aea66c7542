"""Where a probability becomes a referral in an evaluation."""

from dmtdr_tf.config.run_folder import RunFolder

__all__ = ["DEFAULT_OPERATING_POINT", "operating_point"]

DEFAULT_OPERATING_POINT = 0.5


def operating_point(run: RunFolder, stage: int | None = None) -> float:
    """Returns the probability of grades 2 to 4 from which a model refers.

    The one place from which `dmtdr evaluate` and `dmtdr compare` take it.

    Args:
        run: The run's folder.
        stage: The stage whose weights are used; the latest finished one by
            default.

    Returns:
        0.5: a run stores no calibration yet.
    """
    return DEFAULT_OPERATING_POINT
