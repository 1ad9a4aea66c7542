"""`dmtdr train` and `python train.py`: parse, build, fit."""

import argparse
import dataclasses
from collections.abc import Sequence
from typing import Annotated

import tyro

from dmtdr_tf.commands import parsing
from dmtdr_tf.config import (
    Config,
    DataConfig,
    ModelConfig,
    RunConfig,
    StageOneConfig,
    StageTwoConfig,
    presets,
)
from dmtdr_tf.config import file as config_file
from dmtdr_tf.config.quality import QualityConfig
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.training.stages import Stage, train
from dmtdr_tf.training.workdir import Workdir

# What may change between two commands on one workdir: where things are and
# what computes, not what is computed.
_FREE = ("run.workdir", "run.data_dir", "run.manual_dir", "run.max_bad_steps")


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Trains DeepMT-DR: both stages on the synthetic set by default.

    Args:
        stage: Stage 1 (super-resolver with segmenter, then grader), stage 2
            (all three at once, from stage 1's checkpoint), or both.
        run: What to work on.
        model: The subnets.
        data: The photographs.
        stage_1: Stage 1.
        stage_2: Stage 2.
        quality: Which photographs are too poor to be graded in prediction.
    """

    run: Annotated[RunConfig, tyro.conf.arg(name="")]
    model: ModelConfig
    data: DataConfig
    stage_1: StageOneConfig
    stage_2: StageTwoConfig
    quality: QualityConfig
    stage: Stage = "all"


def parse(argv: Sequence[str] | None = None) -> tuple[Config, Stage]:
    """Resolves the command line against the preset and the workdir.

    A workdir's own configuration goes before the preset, so that every later
    command needs to name the workdir only.

    Args:
        argv: The options; the process's by default.

    Returns:
        The configuration and the stage.

    Raises:
        UserError: An unknown preset, a value out of range, or options that
            contradict the workdir's configuration.
    """
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    first.add_argument("--preset")
    first.add_argument("--workdir", default=RunConfig.workdir)
    early, _ = first.parse_known_args(argv)
    workdir = Workdir(early.workdir)
    # What a mistaken command left behind binds nobody.
    saved = workdir.config if workdir.is_started else None
    if early.preset is None and saved:
        base = saved
    else:
        base = presets.preset(early.preset or RunConfig.preset)
    given = parsing.parse(
        Arguments,
        argv,
        "train.py",
        Arguments(
            base.run,
            base.model,
            base.data,
            base.stage_1,
            base.stage_2,
            base.quality,
        ),
    )
    config = Config(
        given.run,
        given.model,
        given.data,
        given.stage_1,
        given.stage_2,
        given.quality,
    )
    if saved:
        _check_same(config, saved, workdir)
    return config, given.stage


def _check_same(config: Config, saved: Config, workdir: Workdir) -> None:
    """Refuses options that contradict what the workdir was trained with."""
    changed = {
        name: pair
        for name, pair in config_file.differences(config, saved).items()
        if name not in _FREE
        and not name.startswith("quality.")
        and not (
            name.startswith("stage_2.") and not workdir.phase("joint").exists()
        )
    }
    if changed:
        name, (new, old) = next(iter(changed.items()))
        more = f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
        raise UserError(
            f"--workdir: {workdir.path} was made with {name}={old!r}, not "
            f"{new!r}{more}; give another --workdir or leave the option out"
        )


def run(config: Config, stage: Stage) -> None:
    """Trains, with pictures for TensorBoard.

    Args:
        config: From `parse`.
        stage: From `parse`.

    Raises:
        UserError: As `train`.
    """
    from dmtdr_tf.training.summaries import PictureSummary

    logs = Workdir(config.run.workdir).logs
    try:
        train(
            config,
            stage,
            lambda phase, epoch: [PictureSummary(config, logs / phase)],
        )
    except KeyboardInterrupt:
        print("\nthe same command goes on from the last completed epoch")
        raise


def main(argv: Sequence[str] | None = None) -> None:
    """Parses the options and trains."""
    run(*parse(argv))
