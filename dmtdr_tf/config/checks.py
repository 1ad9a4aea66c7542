"""What the configuration's dataclasses check at construction."""

import dataclasses
from typing import Any

from dmtdr_tf.files.errors import UserError


def require_choice(name: str, value: Any, choices: tuple[Any, ...]) -> None:
    """Refuses a value that is none of the choices."""
    if value not in choices:
        raise UserError(
            f"must be one of {choices}, not {value!r}", argument=name
        )


def require_positive(config: Any, prefix: str) -> None:
    """Refuses integer fields below 1."""
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if field.type is int and value < 1:
            raise UserError(
                f"must be at least 1, not {value}",
                argument=f"{prefix}.{field.name}",
            )


def require_range(
    config: Any,
    prefix: str,
    fields: tuple[str, ...],
    low: float,
    high: float = float("inf"),
) -> None:
    """Refuses fields outside of [low, high], and what is not a number."""
    for name in fields:
        value = getattr(config, name)
        if not low <= value <= high:
            limits = (
                f"at least {low}"
                if high == float("inf")
                else (f"in [{low}, {high}]")
            )
            raise UserError(
                f"must be {limits}, not {value}", argument=f"{prefix}{name}"
            )
