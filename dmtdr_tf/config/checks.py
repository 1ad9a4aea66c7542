"""Checks that the configuration's dataclasses run at construction."""

import dataclasses
import types
import typing
import unicodedata
from typing import Any

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.json_file import brief

__all__ = [
    "has_type",
    "require_choice",
    "require_choices",
    "require_each",
    "require_limit",
    "require_positive",
    "require_range",
    "require_texts",
    "type_name",
]


def has_type(value: Any, hint: Any) -> bool:
    """Tells whether a value from a file fits a field's type.

    Args:
        value: The value; a list has become a tuple.
        hint: The type of a field: a plain type, a `Literal`, a dataclass,
            `tuple[X, ...]` or `X | None`.

    Example:
    >>> has_type(4, float), has_type(True, int), has_type((1.5,), tuple[int])
    (True, False, False)
    """
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return type(value) is str and value in arguments
    if origin is tuple:
        return type(value) is tuple and all(
            has_type(item, arguments[0]) for item in value
        )
    if origin is types.UnionType:
        return any(has_type(value, argument) for argument in arguments)
    if hint is float:
        return type(value) in (int, float)
    return type(value) is hint


def type_name(hint: Any) -> str:
    """Returns a type as a message names it.

    Args:
        hint: As for `has_type`.

    Example:
    >>> type_name(tuple[int, ...]), type_name(typing.Literal["a", "b"])
    ('list of int', "'a' or 'b'")
    """
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is typing.Literal:
        return " or ".join(map(repr, arguments))
    if typing.get_origin(hint) is types.UnionType:
        return f"{type_name(arguments[0])} or null"
    return f"list of {arguments[0].__name__}" if arguments else hint.__name__


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
            f"must be one of {choices}, not {brief(value)}", argument=name
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


def require_positive(
    config: Any, prefix: str, high: float = float("inf")
) -> None:
    """Refuses integer fields below 1.

    Args:
        config: A configuration dataclass.
        prefix: Text to put before a field's name in the error.
        high: The largest value allowed.

    Raises:
        UserError: An integer field is below 1, or above `high`.
    """
    names = (f.name for f in dataclasses.fields(config) if f.type is int)
    fields = tuple(names)
    require_range(config, prefix, fields, 1)
    require_limit(config, prefix, fields, high)


def require_limit(
    config: Any, prefix: str, fields: tuple[str, ...], high: float
) -> None:
    """Refuses fields that are larger than any machine can serve.

    Args:
        config: A configuration dataclass.
        prefix: Text to put before a field's name in the error.
        fields: The fields to check.
        high: The largest value allowed.

    Raises:
        UserError: A value is above `high`.
    """
    for name in fields:
        value = getattr(config, name)
        if value > high:
            raise UserError(
                f"must be at most {high:,}, not {brief(value)}",
                argument=f"{prefix}{name}",
            )


def require_each(
    config: Any, prefix: str, field: str, low: float, high: float
) -> None:
    """Refuses a field of several numbers that has one outside [low, high].

    Args:
        config: A configuration dataclass.
        prefix: Text to put before the field's name in the error.
        field: The field.
        low: The smallest value allowed.
        high: The largest value allowed.

    Raises:
        UserError: A number is out of range, NaN included.
    """
    for value in getattr(config, field):
        if not low <= value <= high:
            raise UserError(
                f"must hold numbers in [{low:g}, {high:g}], not {brief(value)}",
                argument=f"{prefix}{field}",
            )


def require_texts(config: Any, prefix: str) -> None:
    """Refuses texts that no file system, terminal or report can take.

    Args:
        config: A configuration dataclass.
        prefix: Text to put before a field's name in the error.

    Raises:
        UserError: A text has control characters or surrogates, or more than
            4096 characters.
    """
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if not isinstance(value, str):
            continue
        if len(value) > 4096 or any(map(_is_control, value)):
            raise UserError(
                f"must have no control characters, not {brief(value)}",
                argument=f"{prefix}{field.name}",
            )


def _is_control(character: str) -> bool:
    # These surrogates are Python's way to write names that are not UTF-8.
    if "\udc80" <= character <= "\udcff":
        return False
    return unicodedata.category(character) in ("Cc", "Cs")


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
                f"must be {limits}, not {brief(value)}",
                argument=f"{prefix}{name}",
            )
