"""The folder for what can be made again."""

import os
import pathlib

__all__ = ["cache_folder"]


def cache_folder() -> pathlib.Path:
    """Returns the folder of this user's cache; it need not exist.

    The environment variable `DMTDR_CACHE` names it; otherwise it is
    `dmtdr_tf` in `XDG_CACHE_HOME`, or in `~/.cache`.
    """
    given = os.environ.get("DMTDR_CACHE")
    if given:
        return pathlib.Path(given)
    parent = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return pathlib.Path(os.path.expanduser(parent), "dmtdr_tf")
