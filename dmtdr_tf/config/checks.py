"""Checks that the configuration's dataclasses run at construction."""

import dataclasses
import typing
from typing import Any

from dmtdr_tf.files.errors import UserError

__all__ = [
    "require_choice",
    "require_choices",
    "require_positive",
    "require_range",
]


def require_choice(name: str, value: Any, choices: tuple[Any, ...]) -> None:
    """Refuses a value that is not one of the choices.

    Args:
        name: The argument to name in the error.
        value: Its value.
        choices: The values it may have.

    Raises:
        UserError: The value is not one of them.

    Example:
    >>> require_choice("model.scale", 4, (2, 4, 8))
    """
    if value not in choices:
        raise UserError(
            f"must be one of {choices}, not {value!r}", argument=name
        )


def require_choices(config: Any, prefix: str) -> None:
    """Refuses fields of a `Literal` type whose value is not one of theirs.

    Args:
        config: A configuration dataclass.
        prefix: Text to put before a field's name in the error.

    Raises:
        UserError: A value is not one of the choices.
    """
    for name, hint in typing.get_type_hints(type(config)).items():
        if typing.get_origin(hint) is typing.Literal:
            choices = typing.get_args(hint)
            require_choice(f"{prefix}{name}", getattr(config, name), choices)


def require_positive(config: Any, prefix: str) -> None:
    """Refuses integer fields below 1.

    Args:
        config: A configuration dataclass.
        prefix: Text to put before a field's name in the error.

    Raises:
        UserError: An integer field is below 1.
    """
    names = (f.name for f in dataclasses.fields(config) if f.type is int)
    require_range(config, prefix, tuple(names), 1)


def require_range(
    config: Any,
    prefix: str,
    fields: tuple[str, ...],
    low: float,
    high: float = float("inf"),
) -> None:
    """Refuses fields outside [low, high], NaN included.

    Args:
        config: A configuration dataclass.
        prefix: Text to put before a field's name in the error.
        fields: The fields to check.
        low: The smallest value allowed.
        high: The largest value allowed.

    Raises:
        UserError: A value is out of range.
    """
    for name in fields:
        value = getattr(config, name)
        if not low <= value <= high:
            limits = f"in [{low}, {high}]"
            if high == float("inf"):
                limits = f"at least {low}"
            raise UserError(
                f"must be {limits}, not {value}", argument=f"{prefix}{name}"
            )
