"""A part whose inputs fail in every way, for the campaign's own test."""

import os
import pathlib
import signal
import time
from collections.abc import Callable

from campaign.outcome import Outcome, of_error

__all__ = ["make_judge"]


def _judge(index: int) -> Outcome:
    from dmtdr_tf.files.errors import UserError

    match index:
        case 1:
            os.kill(os.getpid(), signal.SIGSEGV)
        case 2:
            time.sleep(60)
        case 3:
            return of_error("library", ValueError("a trace"))
        case 4:
            return of_error("library", UserError("eye.png: is damaged"))
        case 5:
            return of_error("library", UserError("eye.png:\nis damaged"))
        case 6:
            raise KeyError("the judge itself")
    return Outcome("library", "accepted")


def make_judge(
    seed: int, folder: pathlib.Path, shared: pathlib.Path
) -> Callable[[int], Outcome]:
    """Returns a judge that dies, hangs and raises by the input's number."""
    return _judge
