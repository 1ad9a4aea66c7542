"""Paths of the files in a run's folder, without TensorFlow."""

import os
import pathlib
from collections.abc import Mapping
from typing import Any

from dmtdr_tf.config.file import load_run
from dmtdr_tf.config.phases import PHASES, STAGES, PhaseName, stage_phases
from dmtdr_tf.config.schema import Config
from dmtdr_tf.files.errors import UserError

__all__ = ["RunFolder"]


class RunFolder:
    """A run's folder: its configuration, checkpoints and logs.

    The folder holds `config.json`, `metrics.jsonl`, `calibration.json` once a
    stage is finished, `logs/` for TensorBoard, and one folder per phase with
    `best.weights.h5`, `resume.npz` while the phase runs, and the empty file
    `finished` once it is done.

    Args:
        path: The folder; it need not exist yet.
        argument: The argument that an error names for the folder.

    Example:
    >>> RunFolder("runs/demo").best("grading").as_posix()
    'runs/demo/grading/best.weights.h5'
    """

    def __init__(self, path: str | os.PathLike[str], argument: str = "workdir"):
        self.path = pathlib.Path(path)
        self._argument = argument

    @classmethod
    def of(cls, run: "str | os.PathLike[str] | RunFolder") -> "RunFolder":
        """Returns a run as it is, or the run in a folder.

        Args:
            run: The run, or its folder.
        """
        return run if isinstance(run, RunFolder) else RunFolder(run)

    @property
    def label(self) -> str:
        """What reports call the run."""
        return os.fspath(self.path)

    @property
    def outputs(self) -> pathlib.Path:
        """Where commands write what is made from the run, by default."""
        return self.path

    @property
    def model_arguments(self) -> Mapping[str, Any]:
        """Arguments of `DeepMTDR`: at least `config` and `seed`."""
        config = self.config
        return {"config": config.model, "seed": config.run.seed}

    @property
    def not_reliably_detected(self) -> tuple[str, ...] | None:
        """The lesions that were found not to be detected, where noted.

        A run does not note them; `unreliable_lesions` reads them from its
        figures.
        """
        return None

    @property
    def is_workdir(self) -> bool:
        """Whether it can be trained and calibrated."""
        return True

    @property
    def config_file(self) -> pathlib.Path:
        """The JSON file of the run's configuration."""
        return self.path / "config.json"

    @property
    def metrics_file(self) -> pathlib.Path:
        """The metrics file, with one JSON line per epoch."""
        return self.path / "metrics.jsonl"

    @property
    def calibration_file(self) -> pathlib.Path:
        """The JSON file of what `dmtdr calibrate` fitted."""
        return self.path / "calibration.json"

    @property
    def logs(self) -> pathlib.Path:
        """The folder for `tensorboard --logdir`."""
        return self.path / "logs"

    @property
    def config(self) -> Config:
        """The configuration of this run.

        Raises:
            UserError: The folder holds no run, or its configuration is
                damaged.
        """
        if not os.path.lexists(self.config_file):
            raise UserError(
                f"{self.path} holds no run (no config.json); train one with "
                f"`dmtdr train --workdir {self.path}`",
                argument=self._argument,
            )
        return load_run(self.config_file)

    def phase(self, name: PhaseName) -> pathlib.Path:
        """Returns the folder of a phase."""
        return self.path / name

    def best(self, name: PhaseName) -> pathlib.Path:
        """Returns the file of a phase's best weights."""
        return self.phase(name) / "best.weights.h5"

    def remedy(self, path: pathlib.Path) -> str:
        """Returns what to do about a damaged file of a phase's folder.

        Args:
            path: The file.
        """
        return (
            f"restore it from a copy, or delete the folder {path.parent} to "
            "train that phase again"
        )

    @property
    def is_started(self) -> bool:
        """Whether any phase has completed an epoch."""
        return any(self.best(name).exists() for name in PHASES)

    def is_finished(self, name: PhaseName) -> bool:
        """Returns whether a phase is finished."""
        return (self.phase(name) / "finished").exists()

    def latest_stage(self) -> int | None:
        """Returns the latest finished stage, or None."""
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

        Returns:
            The `.weights.h5` file.

        Raises:
            UserError: There is no such stage, or it is not finished.
        """
        if stage not in (None, *STAGES):
            numbers = " or ".join(map(str, STAGES))
            raise UserError(f"must be {numbers}, not {stage}", argument="stage")
        stage = stage or self.latest_stage()
        if stage is None:
            raise UserError(
                f"no stage is finished in {self.path}; resume with "
                f"`dmtdr train --stage=1 --workdir {self.path}`",
                argument=self._argument,
            )
        name = stage_phases(stage)[-1].name
        if not self.is_finished(name):
            raise UserError(
                f"stage {stage} is not finished in {self.path}",
                argument=self._argument,
            )
        return self.best(name)
