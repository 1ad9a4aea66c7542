"""Reads and writes a configuration as JSON."""

import dataclasses
import json
import os
import pathlib
import typing
from collections.abc import Mapping
from typing import Any

from dmtdr_tf.config.phase import Balance, PhaseConfig
from dmtdr_tf.config.schema import Config
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.whole_file import write_text

__all__ = ["balance_of", "from_dict", "load", "save"]


def save(config: Config, path: str | os.PathLike[str]) -> None:
    """Writes a configuration as JSON, completely or not at all.

    Args:
        config: The configuration.
        path: The file to write; replaced if it exists.

    Raises:
        OSError: The file cannot be written.

    Example:
    >>> import tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "config.json")
    >>> save(Config(), path)
    >>> load(path) == Config()
    True
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(dataclasses.asdict(config), indent=2) + "\n")


def load(path: str | os.PathLike[str]) -> Config:
    """Reads a configuration that `save` wrote, in this version or an older.

    Args:
        path: The JSON file.

    Returns:
        The configuration; fields missing in the file keep their defaults.

    Raises:
        UserError: The file is missing, is not JSON, has an unknown key, or a
            value of the wrong type.
    """
    path = pathlib.Path(path)
    try:
        values = json.loads(path.read_text())
    except FileNotFoundError:
        raise UserError(f"{path}: no such configuration") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: not a configuration: {error}") from None
    return from_dict(Config, values, str(path))


def from_dict(kind: type, values: Mapping[str, Any], where: str) -> Any:
    """Builds a configuration dataclass from plain values.

    Args:
        kind: The dataclass.
        values: Values of its fields, nested as dictionaries.
        where: What to name in an error: the file, then the field.

    Returns:
        The dataclass.

    Raises:
        UserError: `values` has a key that `kind` does not have, or a value
            of the wrong type.

    Example:
    >>> from_dict(PhaseConfig, {"epochs": 3}, "config.json").epochs
    3
    """
    if not isinstance(values, Mapping):
        raise UserError(f"{where}: expected an object, got {values!r}")
    if kind is PhaseConfig:
        values = _with_balance(values)
    hints = typing.get_type_hints(kind)
    unknown = sorted(set(values) - set(hints))
    if unknown:
        raise UserError(
            f"{where}: unknown field {unknown[0]!r}; known fields: "
            f"{', '.join(sorted(hints))}"
        )
    fields: dict[str, Any] = {}
    for name, value in values.items():
        if dataclasses.is_dataclass(hints[name]):
            value = from_dict(hints[name], value, f"{where}: {name}")
        elif isinstance(value, list):
            value = tuple(value)
        if not _has_type(value, hints[name]):
            raise UserError(
                f"{where}: {name} must be of the type "
                f"{hints[name].__name__}, not {value!r}"
            )
        fields[name] = value
    try:
        return kind(**fields)
    except (AttributeError, TypeError) as error:
        # The checks of the dataclass compare a text or null with a number.
        raise UserError(
            f"{where}: a value has the wrong type: {error}"
        ) from None


def _has_type(value: Any, hint: Any) -> bool:
    """Whether a plain value fits; the dataclass checks all other kinds."""
    if hint is float:
        return type(value) in (int, float)
    return type(value) is hint if hint in (int, bool, str) else True


def balance_of(class_balanced: bool, lesion_balanced: bool) -> Balance:
    """Returns the `balance` that the two fields of version 0.1.0 stand for.

    Args:
        class_balanced: Whether every grade was sampled equally often.
        lesion_balanced: Whether every kind of lesion was.

    Raises:
        UserError: Both are true.

    Example:
    >>> balance_of(class_balanced=True, lesion_balanced=False)
    'grade'
    """
    if class_balanced and lesion_balanced:
        raise UserError(
            "class_balanced and lesion_balanced are mutually exclusive"
        )
    if class_balanced:
        return "grade"
    return "lesion" if lesion_balanced else "none"


def _with_balance(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Translates the balance of a phase written by version 0.1.0."""
    older = ("class_balanced", "lesion_balanced")
    if "balance" in values or not set(older) & set(values):
        return values
    current = {k: v for k, v in values.items() if k not in older}
    flags = (bool(values.get(name, False)) for name in older)
    return {**current, "balance": balance_of(*flags)}
