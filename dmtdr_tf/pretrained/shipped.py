"""The models in this package, each in a folder of its name."""

import pathlib

from dmtdr_tf.files.errors import UserError

__all__ = ["PREFERRED", "default_model", "shipped_folder", "shipped_models"]

# The default model is the first of these that is there.
PREFERRED = ("device_idrid", "small_idrid")

_FOLDER = pathlib.Path(__file__).parent
# As in `preset_folder`; the file that a preset writes last.
_MARK = "metadata.json"


def shipped_models() -> tuple[str, ...]:
    """Returns the names of the models in this package, the default first.

    Example:
    >>> "small_idrid" in shipped_models()
    True
    """
    names = sorted(mark.parent.name for mark in _FOLDER.glob(f"*/{_MARK}"))
    preferred = [name for name in PREFERRED if name in names]
    return tuple(dict.fromkeys([*preferred, *names]))


def default_model() -> str:
    """Returns the name of the model that is used where none is named.

    Raises:
        UserError: This installation holds no model.
    """
    names = shipped_models()
    if not names:
        raise UserError(
            "this installation of dmtdr_tf holds no model; name a workdir or "
            "the folder of a preset",
            argument="model",
        )
    return names[0]


def shipped_folder(name: str) -> pathlib.Path:
    """Returns the folder of a model in this package.

    Args:
        name: One of `shipped_models()`.
    """
    return _FOLDER / name
