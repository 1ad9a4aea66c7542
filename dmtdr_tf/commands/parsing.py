"""Parses options with tyro and reports a user's mistake in one line."""

import contextlib
import io
import re
from collections.abc import Iterator, Sequence
from typing import TypeVar

import tyro

from dmtdr_tf.commands.terminal import say
from dmtdr_tf.files.errors import UserError

__all__ = ["parse"]

T = TypeVar("T")


def parse(
    arguments: type[T],
    argv: Sequence[str] | None,
    prog: str,
    default: T | None = None,
) -> T:
    """Parses a command's options.

    tyro draws a box around what is wrong, and exits. This function makes one
    line of it, like of every other mistake: it raises the `UserError` that a
    dataclass raised, and prints the others.

    Args:
        arguments: The dataclass of the options.
        argv: The options; None for those of the process.
        prog: The command's name, for the help text.
        default: Values of the options that are not given.

    Returns:
        The dataclass.

    Raises:
        UserError: A value is out of range.
        SystemExit: The options are wrong, and the line is printed; or help was
            asked for.
    """
    screen = io.StringIO()
    try:
        with contextlib.redirect_stderr(screen):
            if default is None:
                return tyro.cli(arguments, args=argv, prog=prog)
            return tyro.cli(arguments, args=argv, prog=prog, default=default)
    except SystemExit as stop:
        mistake = _mistake(stop)
        if mistake:
            raise mistake from None
        if stop.code:
            say(f"error: {_line(screen.getvalue(), prog)}")
        raise


def _line(box: str, prog: str) -> str:
    """What tyro's box says, in one line, with the options that it suggests."""
    text = re.sub("[\u2500-\u257f]+", " ", box)
    rows = [" ".join(row.split()) for row in text.splitlines()]
    titled, *parts = "\n".join(rows).strip().split("\n\n")
    reason = " ".join(titled.split("\n")[1:]) or titled
    close = [
        option
        for part in parts
        if part.startswith(("Perhaps you meant", "Similar options"))
        for option in re.findall(r"(?m)^(--[\w.-]+)", part)
    ]
    hint = f"; did you mean {' or '.join(close[:3])}?" if close else ";"
    return f"{reason}{hint} `{prog} --help` lists the options"


def _mistake(stop: SystemExit) -> UserError | None:
    """Returns the `UserError` that made tyro exit, with its whole option."""
    causes = list(_causes(stop))
    mistakes = [cause for cause in causes if isinstance(cause, UserError)]
    if not mistakes:
        return None
    error = mistakes[-1]
    # Name of the nested dataclass, such as "stage_2.joint" for a phase's.
    prefix = next((getattr(cause, "arg", None) for cause in causes[1:]), None)
    if isinstance(prefix, str) and error.argument and "." in prefix:
        last = error.argument.rpartition(".")[2]
        return UserError(
            error.message, argument=f"{prefix.replace('-', '_')}.{last}"
        )
    return error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__context__
