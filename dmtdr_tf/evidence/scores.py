"""The score that an evidence map explains."""

from typing import Any, Literal

from keras import ops

from dmtdr_tf.files.errors import UserError

__all__ = ["Score", "grade_score"]

Score = Literal["positive", "predicted"]


def grade_score(logits: Any, score: Score = "positive") -> Any:
    """Reduces the grade logits of each photograph to what is explained.

    Args:
        logits: `[B, 5]` logits of grades 0-4.
        score: `"positive"` is the sum of the logits of grades 1-4;
            `"predicted"` is that too, but logit 0 where grade 0 is predicted
            (the authors' code).

    Returns:
        `[B]` scores, float32.

    Raises:
        UserError: `score` is unknown.

    Example:
    >>> logits = ops.convert_to_tensor([[9.0, 1.0, 2.0, 3.0, 4.0]])
    >>> [float(grade_score(logits, s)[0]) for s in ("positive", "predicted")]
    [10.0, 9.0]

    Reference:
        DeepMT-DR, eq. 2 and its footnote.
    """
    if score not in ("positive", "predicted"):
        raise UserError(
            f"must be 'positive' or 'predicted', not {score!r}",
            argument="score",
        )
    logits = ops.cast(logits, "float32")
    # No slices, whose gradient is an operator that devices lack, and not
    # Keras's argmax, which reads bits.
    first = ops.one_hot(0, logits.shape[-1])
    positive = ops.sum(logits * (1.0 - first), axis=-1)
    if score == "positive":
        return positive
    none = ops.sum(logits * first, axis=-1)
    healthy = none >= ops.max(logits, axis=-1)
    return ops.where(healthy, none, positive)
