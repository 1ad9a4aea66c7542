"""Options of version 0.1.0, translated into those of today."""

import re
import sys
from collections.abc import Sequence

from dmtdr_tf.config import Config
from dmtdr_tf.config.file import balance_of
from dmtdr_tf.config.phases import PHASES

__all__ = ["translate_balance"]

_BALANCED = re.compile(
    r"--(?P<phase>[\w.-]+)\.(?P<no>no[-_])?(?P<kind>class|lesion)[-_]balanced"
)
_PHASES = {phase.option.replace("_", "-"): phase for phase in PHASES.values()}


def translate_balance(argv: Sequence[str], base: Config) -> list[str]:
    """Replaces `--PHASE.class-balanced` and `--PHASE.lesion-balanced`.

    Prints to standard error what to write instead, one line per phase.

    Args:
        argv: The options.
        base: The configuration that the options change.

    Returns:
        The options, with `--PHASE.balance` at the end in place of the older
        ones.

    Raises:
        UserError: Both are given for one phase.
    """
    options: list[str] = []
    older: dict[str, list[re.Match[str]]] = {}
    for option in argv:
        match = _BALANCED.fullmatch(option)
        phase = match["phase"].replace("_", "-") if match else ""
        if match and phase in _PHASES:
            older.setdefault(phase, []).append(match)
        else:
            options.append(option)
    for phase, matches in older.items():
        balance = _PHASES[phase].settings(base).balance
        flags = {"class": balance == "grade", "lesion": balance == "lesion"}
        flags |= {match["kind"]: not match["no"] for match in matches}
        current = f"--{phase}.balance={balance_of(*flags.values())}"
        given = " ".join(match[0] for match in matches)
        print(f"{given} is deprecated; write {current}", file=sys.stderr)
        options.append(current)
    return options
