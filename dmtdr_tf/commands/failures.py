"""What a command says of an error, and the status it ends with."""

import os
import sys
import tempfile
import traceback
from collections.abc import Callable

from dmtdr_tf.commands.terminal import say, silence
from dmtdr_tf.files.errors import UserError

__all__ = ["guarded", "safely"]

# Shows the trace of an unexpected error instead of writing it to a file.
_SHOW_TRACE = "DMTDR_TRACEBACK"


def guarded(function: Callable[[], None]) -> int:
    """Runs a command and reports expected errors in one line.

    The line goes to standard error. Mistakes of the user, errors of the file
    system, too little memory and TensorFlow's own errors are expected; others
    propagate.

    Args:
        function: The command.

    Returns:
        The exit status: 0 for success, 2 after an error, 130 after an
        interruption, 141 if nobody reads the output any longer.

    Example:
    >>> guarded(lambda: None)
    0
    """
    try:
        function()
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    except BrokenPipeError:
        silence(sys.stdout)
        return 141
    except Exception as error:
        reason = _reason(error)
        if not reason:
            raise
        say(f"error: {reason}")
        return 2
    return 0


def safely(function: Callable[[], int]) -> int:
    """Reports an unexpected error in one line and keeps its trace.

    The trace goes to a file in the folder for temporary files, or to standard
    error where the environment variable `DMTDR_TRACEBACK` is set or no file
    can be written.

    Args:
        function: Returns the exit status.

    Returns:
        Its status, or 1 after an unexpected error.
    """
    try:
        return function()
    except Exception as error:
        where = "" if os.environ.get(_SHOW_TRACE) else _write_trace(error)
        if not where:
            traceback.print_exception(error)
        reason = " ".join(str(error).split())[:300]
        say(
            f"error: unexpected {type(error).__name__}"
            + (f": {reason}" if reason else "")
            + "; please report it with the trace"
            + (f" in {where}" if where else " above")
        )
        return 1


def _reason(error: Exception) -> str:
    """What to tell of an expected error; empty for an unexpected one."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, MemoryError):
        return "there is not enough memory"
    if isinstance(error, OSError):
        # For example a full or read-only disk, at any point of the command.
        if error.filename is None and error.errno is None:
            return ""
        subject = error.filename or "writing"
        if isinstance(subject, bytes):
            subject = os.fsdecode(subject)
        return f"{subject}: {error.strerror}"
    # TensorFlow's own errors, such as a damaged record or a full disk.
    tensorflow = sys.modules.get("tensorflow")
    errors = getattr(tensorflow, "errors", None)
    if errors is None or not isinstance(error, errors.OpError):
        return ""
    reason = (error.message.strip().splitlines() or ["no reason is given"])[0]
    return f"TensorFlow: {type(error).__name__}: {reason}"


def _write_trace(error: Exception) -> str:
    """Writes the trace of an error to a file; empty if that fails, too."""
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            encoding="utf-8",
            errors="backslashreplace",
            prefix="dmtdr-error-",
            suffix=".txt",
            delete=False,
        ) as file:
            file.write("".join(traceback.format_exception(error)))
        return file.name
    except OSError:
        return ""
