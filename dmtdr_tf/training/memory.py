"""Refuses batches that no step could hold in this machine's memory."""

import os
from collections.abc import Sequence

from dmtdr_tf.config import Config
from dmtdr_tf.config.phases import Phase
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import LESIONS

__all__ = ["batch_bytes", "check_memory"]


def batch_bytes(config: Config, phase: Phase) -> int:
    """Returns the size of one batch's photographs and masks.

    A step needs many times as much: this is a lower bound that needs no
    model.

    Args:
        config: The configuration.
        phase: The phase.

    Returns:
        Bytes, as float32.

    Example:
    >>> from dmtdr_tf.config.phases import PHASES
    >>> batch_bytes(Config(), PHASES["joint"])
    29360128
    """
    settings = phase.settings(config)
    side = config.data.high_res_size
    if settings.crop_size:
        side = min(side, settings.crop_size)
    return 4 * settings.batch_size * side**2 * (3 + len(LESIONS))


def check_memory(config: Config, phases: Sequence[Phase]) -> None:
    """Refuses batches larger than the memory of the machine.

    Args:
        config: The configuration.
        phases: The phases that will run.

    Raises:
        UserError: A batch alone exceeds the memory.
    """
    if not hasattr(os, "sysconf"):
        return
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for phase in phases:
        needed = batch_bytes(config, phase)
        if needed > memory:
            raise UserError(
                f"{phase.settings(config).batch_size} photographs take "
                f"{needed / 1e9:.0f} GB, and this machine has "
                f"{memory / 1e9:.0f} GB; choose a smaller batch",
                argument=f"{phase.option}.batch_size",
            )
