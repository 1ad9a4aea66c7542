"""The files of a run's folder, without anything that needs TensorFlow."""

import os
import pathlib

from dmtdr_tf.config import file as config_file
from dmtdr_tf.config.phases import PHASES, STAGES, PhaseName, stage_phases
from dmtdr_tf.config.schema import Config
from dmtdr_tf.files.errors import UserError

__all__ = ["RunFolder"]


class RunFolder:
    """Where a run keeps its configuration, checkpoints and logs.

    `config.json`, `metrics.jsonl`, `logs/` for TensorBoard, and per phase
    (`restoration`, `grading`, `joint`) a folder with `best.weights.h5`,
    `resume.npz` while it runs and `finished` once it is over.

    Args:
        path: The folder; it need not exist yet.
    """

    def __init__(self, path: str | os.PathLike[str]):
        self.path = pathlib.Path(path)

    @property
    def config_file(self) -> pathlib.Path:
        """Where the resolved configuration is kept."""
        return self.path / "config.json"

    @property
    def metrics_file(self) -> pathlib.Path:
        """One JSON line per epoch."""
        return self.path / "metrics.jsonl"

    @property
    def logs(self) -> pathlib.Path:
        """What `tensorboard --logdir` reads."""
        return self.path / "logs"

    @property
    def config(self) -> Config:
        """The configuration of this run.

        Raises:
            UserError: The folder holds no run.
        """
        if not self.config_file.exists():
            raise UserError(
                f"{self.path} holds no run (no config.json); train one with: "
                f"python train.py --workdir {self.path}",
                argument="workdir",
            )
        return config_file.load(self.config_file)

    def phase(self, name: PhaseName) -> pathlib.Path:
        """Returns the folder of a phase."""
        return self.path / name

    def best(self, name: PhaseName) -> pathlib.Path:
        """Returns the file of a phase's best weights."""
        return self.phase(name) / "best.weights.h5"

    @property
    def is_started(self) -> bool:
        """Whether an epoch was completed: nothing is lost where none was."""
        return any(self.best(name).exists() for name in PHASES)

    def is_finished(self, name: PhaseName) -> bool:
        """Tells whether a phase ran to its end."""
        return (self.phase(name) / "finished").exists()

    def latest_stage(self) -> int | None:
        """Returns the latest stage that ran to its end."""
        finished = [
            stage
            for stage in STAGES
            if self.is_finished(stage_phases(stage)[-1].name)
        ]
        return max(finished, default=None)

    def checkpoint(self, stage: int | None = None) -> pathlib.Path:
        """Returns the file of a stage's best weights.

        Args:
            stage: 1 or 2; the latest finished one by default.

        Raises:
            UserError: There is no such stage, or it is not finished.
        """
        if stage not in (None, *STAGES):
            raise UserError(f"must be 1 or 2, not {stage}", argument="stage")
        stage = stage or self.latest_stage()
        if stage is None:
            raise UserError(
                f"no stage is finished in {self.path}; resume with: "
                f"python train.py --stage=1 --workdir {self.path}",
                argument="workdir",
            )
        name = stage_phases(stage)[-1].name
        if not self.is_finished(name):
            raise UserError(
                f"stage {stage} is not finished in {self.path}",
                argument="workdir",
            )
        return self.best(name)
