"""Which options may change when a command continues an earlier run."""

import dataclasses
from typing import Any

from dmtdr_tf.config.phases import STAGES, stage_phases
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.config.schema import Config
from dmtdr_tf.files.errors import UserError

__all__ = ["check_compatible", "differences"]

# They say where things are and when to stop, not what is trained.
_FREE = ("run.workdir", "run.data_dir", "run.manual_dir", "run.max_bad_steps")


def differences(
    one: Any, other: Any, prefix: str = ""
) -> dict[str, tuple[Any, Any]]:
    """Lists the fields in which two configurations differ.

    Args:
        one: A configuration dataclass.
        other: Another one of the same class.
        prefix: Text to put before every field's name.

    Returns:
        Dotted field name to the pair of values.

    Example:
    >>> from dmtdr_tf.config import ModelConfig
    >>> differences(ModelConfig(), ModelConfig(scale=8), "model.")
    {'model.scale': (4, 8)}
    """
    pairs: dict[str, tuple[Any, Any]] = {}
    for field in dataclasses.fields(one):
        name = prefix + field.name
        pair = (getattr(one, field.name), getattr(other, field.name))
        if dataclasses.is_dataclass(pair[0]):
            pairs.update(differences(*pair, prefix=f"{name}."))
        elif pair[0] != pair[1]:
            pairs[name] = pair
    return pairs


def check_compatible(config: Config, folder: RunFolder) -> None:
    """Refuses a configuration that contradicts what a run was trained with.

    The options of a stage may change until one of its phases starts; the
    quality gate and the places of files may always change. A run that has not
    completed an epoch is compatible with every configuration.

    Args:
        config: The new configuration.
        folder: The folder of the run.

    Raises:
        UserError: An option that must not change has another value.
    """
    if not folder.is_started:
        return
    changed = {
        name: pair
        for name, pair in differences(config, folder.config).items()
        if not _may_change(name, folder)
    }
    if changed:
        name, (new, old) = next(iter(changed.items()))
        more = f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
        raise UserError(
            f"{folder.path} was trained with {name}={old!r}, not "
            f"{new!r}{more}; choose another workdir or leave the option out",
            argument="workdir",
        )


def _may_change(name: str, folder: RunFolder) -> bool:
    if name in _FREE or name.startswith("quality."):
        return True
    return any(
        name.startswith(f"stage_{stage}.")
        and not any(folder.phase(p.name).exists() for p in stage_phases(stage))
        for stage in STAGES
    )
