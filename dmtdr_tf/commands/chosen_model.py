"""The model that a command's options choose."""

import os
from collections.abc import Callable
from typing import Protocol

from dmtdr_tf.config import RunConfig
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.pretrained.model_name import find_model
from dmtdr_tf.pretrained.preset_folder import is_preset
from dmtdr_tf.pretrained.shipped import default_model

__all__ = ["ModelOptions", "chosen_model"]


class ModelOptions(Protocol):
    """The options of a command that works with a trained model."""

    @property
    def model(self) -> str:
        """A name for `find_model`; empty where it is not given."""
        ...

    @property
    def workdir(self) -> str:
        """The folder of a run; empty where it is not given."""
        ...


def chosen_model(
    options: ModelOptions, note: Callable[[str], None] = lambda text: None
) -> RunFolder:
    """Returns the model that the options choose, or the shipped default.

    Args:
        options: The command's options.
        note: Called with one line where neither option is given: which model
            is taken, and why.

    Returns:
        The model's folder.

    Raises:
        UserError: Both options are given, there is no such model, or its
            folder is damaged.
    """
    if options.model and options.workdir:
        raise UserError("give a model or a workdir, not both", argument="model")
    if options.workdir:
        return _run(options.workdir)
    if options.model:
        return find_model(options.model)
    name = default_model()
    trained = RunConfig().workdir
    hint = ""
    if os.path.isdir(trained):
        hint = f"; --workdir {trained} takes the run that you trained"
    note(
        f"Model: {name}, which comes with dmtdr_tf, because neither --model "
        f"nor --workdir is given{hint}"
    )
    return find_model(name)


def _run(workdir: str) -> RunFolder:
    if is_preset(workdir):
        raise UserError(
            f"{workdir} is a preset and no workdir; name it as the model "
            f"instead: --model {workdir}",
            argument="workdir",
        )
    run = RunFolder(workdir)
    _ = run.config
    return run
