"""Presets on the Hugging Face hub."""

import functools
import pathlib
import re

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.pretrained.preset_folder import FILES

__all__ = ["PREFIX", "download"]

PREFIX = "hf://"
_NAME = re.compile(r"hf://([\w.-]+/[\w.-]+)")
_SECONDS = 20.0


@functools.cache
def download(name: str, argument: str = "model") -> pathlib.Path:
    """Downloads a preset, once for each revision, into the hub's cache.

    Only the files of a preset are downloaded. The hub is asked for the newest
    revision every time: an older copy never stands in for it silently.

    Args:
        name: `hf://user/name`.
        argument: The argument to name in an error.

    Returns:
        The folder of the preset.

    Raises:
        UserError: The name is malformed, the extra `hub` is not installed, the
            hub cannot be reached, or it has no such model.
    """
    match = _NAME.fullmatch(name)
    if not match:
        raise UserError(
            f"{name!r} must be written hf://user/name", argument=argument
        )
    try:
        import huggingface_hub
    except ModuleNotFoundError as error:
        raise UserError(
            f"{name} needs the Python module {error.name}; install it with: "
            "pip install '.[hub]'",
            argument=argument,
        ) from None
    try:
        revision = huggingface_hub.HfApi().model_info(
            match[1], timeout=_SECONDS
        )
        folder = huggingface_hub.snapshot_download(
            match[1], revision=revision.sha, allow_patterns=list(FILES)
        )
    # The hub's client raises its own errors, its transport's and the system's.
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise UserError(
            f"{name} cannot be downloaded: {lines[0]}; name the folder of a "
            "preset to work without the hub",
            argument=argument,
        ) from None
    return pathlib.Path(folder)
