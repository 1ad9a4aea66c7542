"""A trained model applied to photographs as they come."""

import dataclasses
import os
from collections.abc import Collection
from typing import Any, Literal, overload

import cv2
import numpy as np
import tensorflow as tf

from dmtdr_tf.calibration import Calibration, run_calibration
from dmtdr_tf.calibration.graph import graph_probabilities
from dmtdr_tf.config import Config
from dmtdr_tf.config.model_limits import unreliable_lesions
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models import DeepMTDR
from dmtdr_tf.models.symmetries import symmetric
from dmtdr_tf.prediction.photograph_array import (
    check_channel_order,
    check_photograph_array,
)
from dmtdr_tf.prediction.prediction import Prediction
from dmtdr_tf.preprocessing import PreparedPhotograph, prepare
from dmtdr_tf.pretrained import Preprocessor, find_model

__all__ = ["DamagedModelError", "Predictor"]

Photograph = str | os.PathLike[str] | np.ndarray
# Of `Photograph`; `list` is invariant, so that `list[str]` would not fit.
Photographs = list[Any] | tuple[Any, ...]


class DamagedModelError(UserError):
    """A model whose weights give values that are not finite."""


class Predictor:
    """Grades photographs of any size.

    A photograph is cropped to its field of view, checked for its quality and
    reduced to the model's input, exactly as `dmtdr predict` does it; see
    `dmtdr_tf.preprocessing.prepare`.

    Args:
        model: A trained model.
        config: What the model expects of a photograph: the configuration of
            its workdir, or the `Preprocessor` of its preset.
        unreliable: The lesions that the model cannot find by its own
            evaluation, from `unreliable_lesions`.
        symmetries: 8 averages the model over the symmetries of the square, see
            `dmtdr_tf.models.symmetries`; 1 does not.
        calibration: Of the model's weights, from `run_calibration`; None
            gives the model's own probabilities, and refers from a half on.

    Raises:
        UserError: `symmetries` is neither 1 nor 8.

    Example:
    ```python
    predictor = Predictor.from_preset("small_idrid")
    prediction = predictor("eye.jpg")
    prediction.grade, prediction.referable_probability
    prediction.save("eye")
    ```
    """

    def __init__(
        self,
        model: DeepMTDR,
        config: Config | Preprocessor,
        unreliable: Collection[str] = (),
        symmetries: int = 1,
        calibration: Calibration | None = None,
    ):
        self.model = model
        self.calibration = calibration
        self.unreliable = unreliable
        self.preprocessor = (
            Preprocessor.of(config) if isinstance(config, Config) else config
        )
        side = self.preprocessor.low_res_size
        # One signature: the second photograph does not trace again.
        self._explain = tf.function(
            symmetric(model.explain, symmetries),
            input_signature=[
                tf.TensorSpec((1, side, side, 3), tf.float32, "low_res")
            ],
        )

    @classmethod
    def from_workdir(
        cls,
        path: str | os.PathLike[str] | RunFolder,
        stage: int | None = None,
        quality_gate: bool = True,
        symmetries: int = 1,
    ) -> "Predictor":
        """Loads the best checkpoint of a training run, and its calibration.

        A calibration of other weights is not used: `calibration` is None, and
        `dmtdr_tf.calibration.why_uncalibrated` says why.

        Args:
            path: The run's folder, or a run from `find_model`.
            stage: 1 or 2; the latest finished one by default.
            quality_gate: False grades photographs that are too poor by the
                run's thresholds, too.
            symmetries: 8 averages the model over the symmetries of the square.

        Returns:
            The predictor.

        Raises:
            UserError: The folder holds no trained model, or its
                `calibration.json` is damaged or of a newer version.
        """
        run = RunFolder.of(path)
        preprocessor = Preprocessor.of(run.config)
        return cls(
            DeepMTDR.from_workdir(run, stage),
            _with_gate(preprocessor, quality_gate),
            unreliable_lesions(run, stage) or (),
            symmetries,
            run_calibration(run, stage),
        )

    @classmethod
    def from_preset(
        cls,
        preset: str | os.PathLike[str],
        quality_gate: bool = True,
        symmetries: int = 1,
    ) -> "Predictor":
        """Loads a trained model by its name.

        Args:
            preset: The name of a model in this package, such as
                `"small_idrid"`, the folder of a preset, a workdir, or
                `hf://user/name`; see `find_model`.
            quality_gate: As in `from_workdir`, by the preset's thresholds.
            symmetries: As in `from_workdir`.

        Returns:
            The predictor.

        Raises:
            UserError: There is no such model, or one of its files is damaged.
        """
        run = find_model(preset, "preset")
        preprocessor = Preprocessor.of(run.config)
        return cls(
            DeepMTDR.from_preset(preset),
            _with_gate(preprocessor, quality_gate),
            unreliable_lesions(run) or (),
            symmetries,
            run_calibration(run),
        )

    @overload
    def __call__(
        self,
        photograph: Photograph,
        errors: Literal["raise", "return"] = "raise",
    ) -> Prediction: ...

    @overload
    def __call__(
        self, photograph: Photographs, errors: Literal["raise"] = "raise"
    ) -> list[Prediction]: ...

    @overload
    def __call__(
        self, photograph: Photographs, errors: Literal["return"]
    ) -> list[Prediction | UserError]: ...

    def __call__(self, photograph: Any, errors: str = "raise") -> Any:
        """Grades one photograph, or a list of them.

        Args:
            photograph: A JPEG, PNG or TIFF file, or a uint8 array
                `[H, W, 3]` in RGB, or a list of either.
            errors: What to do with a photograph of a list that has no result:
                `"raise"` its error, which ends the work, or `"return"` the
                error in the photograph's place. A single photograph always
                raises its error.

        Returns:
            A `Prediction`, or a list of them for a list.

        Raises:
            UnreadablePhotographError: A file cannot be read.
            NoFieldOfViewError: The photograph shows no retina.
            UngradablePhotographError: It is too poor to be graded.
            UserError: The array is not uint8 RGB, or the model's weights give
                values that are not finite; the latter is never returned.
        """
        if errors not in ("raise", "return"):
            raise UserError(
                f"must be 'raise' or 'return', not {errors!r}",
                argument="errors",
            )
        if not isinstance(photograph, (list, tuple)):
            return self._predict(self._prepare(photograph))
        results: list[Prediction | UserError] = []
        for number, one in enumerate(photograph):
            try:
                prepared = self._prepare(one)
            except (UserError, OSError, MemoryError, cv2.error) as reason:
                error = _as_user_error(one, reason)
                # Only a file's error names the photograph by itself.
                error.add_note(f"This is photograph {number} of the list.")
                if errors == "raise":
                    raise error from None
                results.append(error)
            else:
                results.append(self._predict(prepared))
        return results

    def _prepare(self, photograph: Any) -> PreparedPhotograph:
        """Reads and checks a photograph; raises what is wrong with it."""
        if isinstance(photograph, (str, os.PathLike)):
            return prepare(photograph, self.preprocessor.quality)
        check_photograph_array(photograph)
        prepared = prepare(photograph, self.preprocessor.quality)
        check_channel_order(photograph, prepared.field_of_view)
        return prepared

    def _predict(self, prepared: PreparedPhotograph) -> Prediction:
        low_res, _ = prepared.model_input(
            self.preprocessor.low_res_size, self.preprocessor.high_res_size
        )
        tensors = self._explain(tf.constant(low_res[None]))
        outputs = {name: value[0].numpy() for name, value in tensors.items()}
        for name, value in outputs.items():
            if not np.isfinite(value).all():
                raise DamagedModelError(
                    f"the model's {name} is not finite: its weights are "
                    "damaged; train again"
                )
        calibration = self.calibration
        return Prediction(
            photograph=prepared.photograph,
            field_of_view=prepared.field_of_view,
            quality=prepared.quality,
            low_res=low_res,
            super_resolution=outputs["super_resolution"],
            lesions=outputs["lesions"],
            probabilities=graph_probabilities(
                outputs["grade"][None], calibration
            )[0].numpy(),
            evidence=outputs["evidence"],
            unreliable=self.unreliable,
            operating_point=(
                calibration.operating_point if calibration else None
            ),
        )


def _as_user_error(photograph: Any, error: Exception) -> UserError:
    """What went wrong with one photograph, as an error that names it."""
    if isinstance(error, UserError):
        return error
    reason = getattr(error, "strerror", None) or type(error).__name__
    if isinstance(error, MemoryError):
        reason = "there is not enough memory for this photograph"
    if isinstance(photograph, (str, os.PathLike)):
        return UserError(f"{os.fspath(photograph)}: {reason}")
    return UserError(reason, argument="photograph")


def _with_gate(preprocessor: Preprocessor, gate: bool) -> Preprocessor:
    quality = preprocessor.quality
    quality = dataclasses.replace(quality, gate=gate and quality.gate)
    return dataclasses.replace(preprocessor, quality=quality)
