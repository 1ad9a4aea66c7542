"""A configuration as JSON: written whole, read with every key checked."""

import dataclasses
import json
import os
import pathlib
import typing
from collections.abc import Mapping
from typing import Any

from dmtdr_tf.config import Config
from dmtdr_tf.files.errors import UserError


def save(config: Config, path: str | os.PathLike[str]) -> None:
    """Writes a configuration as JSON, whole or not at all.

    Args:
        config: The configuration.
        path: The file to write; replaced if it exists.
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(dataclasses.asdict(config), indent=2) + "\n")
    partial.replace(path)


def load(path: str | os.PathLike[str]) -> Config:
    """Reads a configuration that `save` wrote.

    Args:
        path: The JSON file.

    Returns:
        The configuration; fields the file lacks keep their defaults.

    Raises:
        UserError: The file is missing, is not JSON, or has an unknown key.
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
    """Builds a configuration dataclass from plain values, keys checked.

    Args:
        kind: The dataclass.
        values: Field values, nested as dictionaries.
        where: What to name in an error: the file, then the field.

    Returns:
        The dataclass.

    Raises:
        UserError: `values` has a key that `kind` does not.
    """
    if not isinstance(values, Mapping):
        raise UserError(f"{where}: expected an object, got {values!r}")
    hints = typing.get_type_hints(kind)
    unknown = sorted(set(values) - set(hints))
    if unknown:
        raise UserError(
            f"{where}: unknown field {unknown[0]!r}; known: "
            f"{', '.join(sorted(hints))}"
        )
    made: dict[str, Any] = {}
    for name, value in values.items():
        if dataclasses.is_dataclass(hints[name]):
            value = from_dict(hints[name], value, f"{where}: {name}")
        elif isinstance(value, list):
            value = tuple(value)
        made[name] = value
    return kind(**made)


def differences(one: Any, other: Any, prefix: str = "") -> dict[str, tuple]:
    """Lists the fields in which two configurations differ.

    Args:
        one: A configuration dataclass.
        other: Another of the same class.
        prefix: Put before every field's name.

    Returns:
        Dotted field name to the pair of values.
    """
    found: dict[str, tuple] = {}
    for field in dataclasses.fields(one):
        name = prefix + field.name
        pair = (getattr(one, field.name), getattr(other, field.name))
        if dataclasses.is_dataclass(pair[0]):
            found.update(differences(*pair, prefix=name + "."))
        elif pair[0] != pair[1]:
            found[name] = pair
    return found
