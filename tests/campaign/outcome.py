"""What became of one input."""

import dataclasses

__all__ = ["VERDICTS", "Outcome", "of_error"]

VERDICTS = (
    "refused",
    "accepted",
    "known",
    "wrong",
    "crashed",
    "hung",
    "dropped",
)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of one input.

    Args:
        kind: The kind of input, such as `"jpeg progressive, cut"`.
        verdict: One of `VERDICTS`; `"known"` is a limit that the docs state.
        detail: What is wrong with it; empty where nothing is.
        memory: Peak memory of the process so far, in megabytes.
        growth: Memory that this input took at most, in megabytes; 0 where it
            is not measured.
    """

    kind: str
    verdict: str
    detail: str = ""
    memory: float = 0.0
    growth: float = 0.0


def of_error(kind: str, error: BaseException) -> Outcome:
    """Judges what a call raised: only a `UserError` of one line refuses."""
    from dmtdr_tf.files.errors import UserError

    text = str(error)
    if isinstance(error, UserError):
        if "\n" in text.strip():
            return Outcome(kind, "wrong", f"several lines: {text[:200]!r}")
        return Outcome(kind, "refused", text[:200])
    return Outcome(kind, "crashed", f"{type(error).__name__}: {text[:300]}")
