"""`dmtdr train`, also run as `python train.py`."""

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from typing import Annotated, Literal

import tyro

from dmtdr_tf.commands import parsing
from dmtdr_tf.commands.older_options import translate_balance
from dmtdr_tf.config import (
    Config,
    DataConfig,
    ModelConfig,
    QualityConfig,
    RunConfig,
    RunFolder,
    StageOneConfig,
    StageTwoConfig,
    preset,
)
from dmtdr_tf.config.compatibility import check_compatible

__all__ = ["Arguments", "main", "parse", "run"]

# As in dmtdr_tf.training.stages, whose import takes TensorFlow's seconds.
Stage = Literal["1", "2", "all"]


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Train DeepMT-DR; by default, both stages on synthetic data.

    Repeat the command to resume an interrupted run.

    Args:
        stage: Stage to train: 1 (the super-resolver and the segmenter, then
            the grader), 2 (all three at once, from the checkpoint of
            stage 1), or both.
        run: Data, machine and seed.
        model: Widths and variants of the subnets.
        data: Sizes of the photographs and their augmentation.
        stage_1: Stage 1.
        stage_2: Stage 2.
        quality: Thresholds below which prediction refuses a photograph.
    """

    run: Annotated[RunConfig, tyro.conf.arg(name="")]
    model: ModelConfig
    data: DataConfig
    stage_1: StageOneConfig
    stage_2: StageTwoConfig
    quality: QualityConfig
    stage: Stage = "all"

    @classmethod
    def of(cls, config: Config) -> "Arguments":
        """Returns the options that a configuration stands for."""
        return cls(**{name: getattr(config, name) for name in _PARTS})

    @property
    def config(self) -> Config:
        """The configuration that the options stand for."""
        return Config(**{name: getattr(self, name) for name in _PARTS})


_PARTS = tuple(field.name for field in dataclasses.fields(Config))


def parse(
    argv: Sequence[str] | None = None, prog: str = "dmtdr train"
) -> tuple[Config, Stage]:
    """Resolves the options against the preset and the workdir.

    Options that are not given keep the values of the workdir's run or, where
    there is none or `--preset` is given, those of the preset.

    Args:
        argv: The options; None for those of the process.
        prog: How the program was called, for the help text.

    Returns:
        The configuration and the stage.

    Raises:
        UserError: An unknown preset, a value out of range, or options that
            contradict the workdir's configuration.
    """
    argv = sys.argv[1:] if argv is None else argv
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    first.add_argument("--preset")
    first.add_argument("--workdir", default=RunConfig.workdir)
    early, _ = first.parse_known_args(argv)
    folder = RunFolder(early.workdir)
    if early.preset is None and folder.is_started:
        base = folder.config
    else:
        base = preset(early.preset or RunConfig.preset)
    options = parsing.parse(
        Arguments,
        translate_balance(argv, base),
        prog,
        Arguments.of(base),
    )
    config = options.config
    check_compatible(config, folder)
    return config, options.stage


def run(config: Config, stage: Stage) -> None:
    """Trains, and says how to resume when interrupted.

    Args:
        config: From `parse`.
        stage: From `parse`.

    Raises:
        UserError: As `train`.
    """
    from dmtdr_tf.training.stages import train

    try:
        train(config, stage)
    except KeyboardInterrupt:
        print("\nRepeat the command to resume from the last completed epoch.")
        raise


def main(argv: Sequence[str] | None = None) -> None:
    """Parses the options and trains."""
    run(*parse(argv))
