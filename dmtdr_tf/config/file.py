"""Reads and writes a configuration as JSON."""

import dataclasses
import json
import os
import pathlib
import typing
from collections.abc import Mapping
from typing import Any

from dmtdr_tf.config.checks import has_type, type_name
from dmtdr_tf.config.phase import Balance, PhaseConfig
from dmtdr_tf.config.required import missing_fields
from dmtdr_tf.config.schema import Config
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.json_file import brief, read_object
from dmtdr_tf.files.whole_file import write_text

__all__ = ["balance_of", "from_dict", "load", "load_run", "save"]


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
            value of the wrong type or out of range. The message begins with
            the path.
    """
    values = read_object(path, "configuration")
    return from_dict(Config, values, os.fspath(path))


def load_run(path: str | os.PathLike[str]) -> Config:
    """Reads the configuration of a run, which must be complete.

    `save` writes every field. A default in place of a lost one would change
    the model or its training without a word.

    Args:
        path: The run's `config.json`.

    Returns:
        The configuration.

    Raises:
        UserError: As `load`, or a field is missing.
    """
    values = read_object(path, "configuration")
    config = from_dict(Config, values, os.fspath(path))
    for name in missing_fields(values):
        raise UserError(
            f"{path}: {name} is missing; write it again as it was trained"
        )
    return config


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
            of the wrong type or out of range; the message begins with
            `where`.

    Example:
    >>> from_dict(PhaseConfig, {"epochs": 3}, "config.json").epochs
    3
    """
    if not isinstance(values, Mapping):
        raise UserError(f"{where}: expected an object, got {brief(values)}")
    if kind is PhaseConfig:
        values = _with_balance(values, where)
    hints = typing.get_type_hints(kind)
    unknown = sorted(set(values) - set(hints))
    if unknown:
        raise UserError(
            f"{where}: unknown field {brief(unknown[0])}, perhaps of a newer "
            f"version of dmtdr_tf; known fields: {', '.join(sorted(hints))}"
        )
    fields: dict[str, Any] = {}
    for name, value in values.items():
        if dataclasses.is_dataclass(hints[name]):
            value = from_dict(hints[name], value, f"{where}: {name}")
        elif isinstance(value, list):
            value = tuple(value)
        if not has_type(value, hints[name]):
            raise UserError(
                f"{where}: {name} must be of the type "
                f"{type_name(hints[name])}, not {brief(value)}"
            )
        fields[name] = value
    try:
        return kind(**fields)
    except UserError as error:
        # A dataclass knows the name of its argument, but not the file.
        raise UserError(f"{where}: {error}") from None
    except TypeError as error:
        # A field without a default is missing.
        raise UserError(f"{where}: {error}") from None


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


def _with_balance(values: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    """Translates the balance of a phase written by version 0.1.0."""
    older = ("class_balanced", "lesion_balanced")
    if "balance" in values or not set(older) & set(values):
        return values
    current = {k: v for k, v in values.items() if k not in older}
    flags = [values.get(name, False) for name in older]
    if not all(type(flag) is bool for flag in flags):
        raise UserError(f"{where}: {' and '.join(older)} must be true or false")
    try:
        return {**current, "balance": balance_of(*flags)}
    except UserError as error:
        raise UserError(f"{where}: {error}") from None
