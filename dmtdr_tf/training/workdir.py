"""The folder of a run, with the models in it."""

import keras

from dmtdr_tf.config.phases import PhaseName
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.models.weights import load_weights

__all__ = ["Workdir"]


class Workdir(RunFolder):
    """The folder of a run, with the models in it.

    Args:
        path: The folder; it need not exist yet. `RunFolder` describes its
            contents.

    Example:
    >>> Workdir("runs/not_trained_yet").latest_stage() is None
    True
    """

    def load_model(self, stage: int | None = None) -> DeepMTDR:
        """Loads a stage's best checkpoint, as `DeepMTDR.from_workdir`."""
        return DeepMTDR.from_workdir(self.path, stage)

    def load_weights(self, model: keras.Model, name: PhaseName) -> None:
        """Loads a phase's best weights into a model.

        Args:
            model: A model of the run's configuration.
            name: Name of the phase.

        Raises:
            UserError: The file is missing or does not fit the model.
        """
        path = self.best(name)
        load_weights(model, path, self.remedy(path))
