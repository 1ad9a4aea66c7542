"""Which two trained models can be compared with each other."""

import os

from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.config.schema import Config
from dmtdr_tf.files.errors import UserError

__all__ = ["check_comparable"]


def check_comparable(
    runs: tuple[RunFolder, RunFolder],
    stages: tuple[int | None, int | None] = (None, None),
    symmetries: tuple[int, int] = (1, 1),
    dataset: str = "",
) -> Config:
    """Refuses two models that cannot be measured on the same photographs.

    Args:
        runs: The models A and B.
        stages: Their stages.
        symmetries: Their symmetries.
        dataset: The data set to compare them on; the runs' own if empty.

    Returns:
        The configuration of run A.

    Raises:
        UserError: A folder holds no trained model, or the models do not fit
            together.
    """
    (one, first), (other, second) = (
        _trained(run, stage, letter)
        for run, stage, letter in zip(runs, stages, "ab", strict=True)
    )
    sizes = [
        f"from {config.low_res_size} to {config.data.high_res_size} pixels"
        for config in (one, other)
    ]
    if sizes[0] != sizes[1]:
        raise UserError(
            f"{runs[0].label} goes {sizes[0]}, but {runs[1].label} {sizes[1]}: "
            "compare models of one size, or evaluate each alone"
        )
    if not dataset and one.run.dataset != other.run.dataset:
        raise UserError(
            f"{runs[0].label} was trained on {one.run.dataset}, but "
            f"{runs[1].label} on {other.run.dataset}: name the data set to "
            "compare them on",
            argument="dataset",
        )
    if first == second and symmetries[0] == symmetries[1]:
        raise UserError(
            f"{runs[0].label} and {runs[1].label} are the same model; name "
            "another one, or two stages of it"
        )
    return one


def _trained(
    run: RunFolder, stage: int | None, letter: str
) -> tuple[Config, str]:
    """A run's configuration and checkpoint; errors name the run or option."""
    try:
        return run.config, os.path.realpath(run.checkpoint(stage))
    except UserError as error:
        argument = f"stage_{letter}" if error.argument == "stage" else ""
        raise UserError(error.message, argument=argument) from None
