"""Finds a trained model by what a user calls it."""

import os
import pathlib

from dmtdr_tf.config.presets import PRESETS
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.pretrained.hub import PREFIX, download
from dmtdr_tf.pretrained.preset_folder import is_preset, read_preset
from dmtdr_tf.pretrained.shipped import shipped_folder, shipped_models

__all__ = ["find_model", "open_model"]


def find_model(
    model: str | os.PathLike[str], argument: str = "model"
) -> RunFolder:
    """Finds a trained model.

    Args:
        model: The name of a model in this package (`shipped_models`), the
            folder of a preset, a workdir, or `hf://user/name`, which needs the
            extra `hub`. A shipped name wins over a folder of that name: write
            `./small_idrid` for the folder.
        argument: The argument to name in an error.

    Returns:
        The model's folder, its configuration read; its weights are checked by
        `checkpoint`.

    Raises:
        UserError: There is no such model, its folder is damaged or of a newer
            version, or the hub cannot be reached. No other model is taken in
            its place.

    Example:
    >>> find_model("small_idrid").config.low_res_size
    128
    """
    name = os.fspath(model)
    if name in shipped_models():
        return read_preset(shipped_folder(name), name)
    if name.startswith(PREFIX):
        return read_preset(download(name, argument), name)
    if not name or not pathlib.Path(name).is_dir():
        hint = ""
        if name in PRESETS:
            hint = f" ({name} is a configuration to train with)"
        raise UserError(
            f"no trained model {name!r}{hint}; choose from "
            f"{', '.join(shipped_models())}, or give the folder of a preset, "
            "a workdir or hf://user/name",
            argument=argument,
        )
    return open_model(name, argument)


def open_model(
    path: str | os.PathLike[str], argument: str = "model"
) -> RunFolder:
    """Opens a folder that holds a trained model.

    Args:
        path: The folder of a preset, or a workdir.
        argument: The argument to name in an error.

    Returns:
        A `PresetFolder` or a `RunFolder`.

    Raises:
        UserError: The folder holds neither, or a file of it is damaged.
    """
    if is_preset(path):
        return read_preset(path)
    run = RunFolder(path, argument)
    if not os.path.lexists(run.config_file):
        raise UserError(
            f"{os.fspath(path)} holds neither a preset nor a run (no "
            "config.json)",
            argument=argument,
        )
    _ = run.config
    return run
