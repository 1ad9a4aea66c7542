"""A run's folder: configuration, checkpoints, logs."""

import os
import pathlib
import warnings
from typing import Literal

import keras

from dmtdr_tf.config import Config
from dmtdr_tf.config import file as config_file
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models.deepmt_dr import DeepMTDR, Phase

STAGE_PHASES: dict[int, tuple[Phase, ...]] = {
    1: ("restoration", "grading"),
    2: ("joint",),
}
PHASES: tuple[Phase, ...] = ("restoration", "grading", "joint")


class Workdir:
    """The folder of one run.

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
                f"--workdir: {self.path} holds no run (no config.json); train "
                "one with: python train.py --workdir " + str(self.path)
            )
        return config_file.load(self.config_file)

    def phase(self, name: Phase) -> pathlib.Path:
        """Returns the folder of a phase."""
        return self.path / name

    def best(self, name: Phase) -> pathlib.Path:
        """Returns the file of a phase's best weights."""
        return self.phase(name) / "best.weights.h5"

    @property
    def is_started(self) -> bool:
        """Whether an epoch was completed: nothing is lost where none was."""
        return any(self.best(name).exists() for name in PHASES)

    def is_finished(self, name: Phase) -> bool:
        """Tells whether a phase ran to its end."""
        return (self.phase(name) / "finished").exists()

    def latest_stage(self) -> Literal[1, 2] | None:
        """Returns the latest stage that ran to its end."""
        if self.is_finished("joint"):
            return 2
        return 1 if self.is_finished("grading") else None

    def load_model(self, stage: int | None = None) -> DeepMTDR:
        """Loads the best checkpoint of a stage.

        Args:
            stage: 1 or 2; the latest finished one by default.

        Returns:
            The model, under the current Keras dtype policy.

        Raises:
            UserError: The folder holds no run, there is no such stage, or it
                is not finished.
        """
        config = self.config
        if stage not in (None, *STAGE_PHASES):
            raise UserError(f"--stage must be 1 or 2, not {stage}")
        stage = stage or self.latest_stage()
        if stage is None:
            raise UserError(
                f"--workdir: no stage is finished in {self.path}; go on with: "
                f"python train.py --stage=1 --workdir {self.path}"
            )
        phase = STAGE_PHASES[stage][-1]
        if not self.is_finished(phase):
            raise UserError(
                f"--workdir: stage {stage} is not finished in {self.path}"
            )
        model = DeepMTDR(config.model, seed=config.run.seed)
        self.load_weights(model, phase)
        return model

    def load_weights(self, model: keras.Model, name: Phase) -> None:
        """Loads a phase's best weights into a model.

        Raises:
            UserError: The file is missing or does not fit the model.
        """
        path = self.best(name)
        try:
            with warnings.catch_warnings():
                # Keras only warns of layers that a file does not have.
                warnings.simplefilter("error", UserWarning)
                model.load_weights(path)
        except (OSError, ValueError, KeyError, UserWarning) as error:
            reason = (str(error).splitlines() or ["damaged"])[0]
            raise UserError(f"{path}: cannot be loaded: {reason}") from None
