"""The subnets in a row: what DeepMT-DR computes."""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import Any, Self

import keras
import numpy as np
import tensorflow as tf

from dmtdr_tf import evidence
from dmtdr_tf.config import ModelConfig
from dmtdr_tf.config import file as config_file
from dmtdr_tf.config.phases import PHASES, SUBNETS, PhaseName, Subnet
from dmtdr_tf.config.presets import PRESETS
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models.batch_norms import batch_norms
from dmtdr_tf.models.photograph_batch import check_batch
from dmtdr_tf.models.subnets import (
    Subnets,
    make_grader,
    make_segmenter,
    make_super_resolver,
)
from dmtdr_tf.models.weights import load_weights as load_weights_file
from dmtdr_tf.pretrained.model_name import find_model
from dmtdr_tf.pretrained.shipped import shipped_models

__all__ = ["Cascade"]


class Cascade(keras.Model):
    """Super-resolves a photograph, then segments, grades and explains it.

    What `DeepMTDR` computes; how it learns is there, and so are arguments and
    shapes.

    Args:
        config: Widths and choices of the subnets, or the dictionary of its
            fields.
        seed: Seed of the dropout.
        frozen: What does not learn: see `freeze`.
        **kwargs: As `keras.Model`.
    """

    def __init__(
        self,
        config: ModelConfig | Mapping[str, Any] | None = None,
        seed: int = 0,
        frozen: Sequence[str] = (),
        **kwargs: Any,
    ):
        # Without autocasting: the photograph reaches the bicubic upsampling
        # in float32 under every dtype policy.
        super().__init__(autocast=False, **kwargs)
        self.config = _model_config(config)
        self.seed = seed
        policy = self.dtype_policy
        self.super_resolver = make_super_resolver(self.config, policy)
        self.segmenter = make_segmenter(self.config, policy)
        self.grader = make_grader(self.config, seed, policy)
        self.built = True
        self.frozen: tuple[str, ...] = ()
        self.freeze(frozen)

    @classmethod
    def from_preset(
        cls,
        preset: str | os.PathLike[str],
        load_weights: bool = True,
        **kwargs: Any,
    ) -> Self:
        """Makes a model from a preset.

        Args:
            preset: A trained model: the name of one in this package, such as
                `"small_idrid"`, the folder of a preset, a workdir, or
                `hf://user/name`, which needs the extra `hub`. Without weights
                also a configuration to train with, such as `"small"`.
            load_weights: Whether to load the preset's weights; otherwise the
                model is randomly initialized.
            **kwargs: In place of the preset's: `seed`, `frozen`, `dtype`,
                `name`.

        Returns:
            The model, not compiled.

        Raises:
            UserError: There is no such preset, it has no weights, the hub
                cannot be reached, or a file is missing or damaged.

        Example:
        >>> from dmtdr_tf.models.deepmt_dr import DeepMTDR
        >>> model = DeepMTDR.from_preset("small_idrid")
        >>> model = DeepMTDR.from_preset(
        ...     "demo", load_weights=False, dtype="mixed_bfloat16"
        ... )
        >>> model.compute_dtype
        'bfloat16'
        """
        name = os.fspath(preset)
        if name in PRESETS:
            if load_weights:
                raise UserError(
                    f"{name!r} has no weights; pass load_weights=False for a "
                    "randomly initialized model, or choose a trained one: "
                    f"{', '.join(shipped_models())}",
                    argument="preset",
                )
            return cls(**{"config": PRESETS[name].model, **kwargs})
        run = find_model(name, "preset")
        weights = run.checkpoint() if load_weights else None
        model = cls(**{**run.model_arguments, **kwargs})
        if weights is not None:
            load_weights_file(model, weights, run.remedy(weights))
        return model

    @classmethod
    def from_workdir(
        cls,
        path: str | os.PathLike[str] | RunFolder,
        stage: int | None = None,
        dtype: Any = None,
    ) -> Self:
        """Loads the best checkpoint of a training run.

        Args:
            path: The run's folder, or a run from `find_model`.
            stage: 1 or 2; the latest finished one by default.
            dtype: Dtype policy; the global one by default.

        Returns:
            The model, not compiled.

        Raises:
            UserError: The folder holds no run, there is no such stage, or it
                is not finished.
        """
        run = RunFolder.of(path)
        config = run.config
        checkpoint = run.checkpoint(stage)
        model = cls(config.model, seed=config.run.seed, dtype=dtype)
        load_weights_file(model, checkpoint, run.remedy(checkpoint))
        return model

    # === Inference ===

    def call(self, low_res: Any, training: bool | None = None) -> Any:
        if not training:
            check_batch(low_res, self.config.scale)
        outputs = self._restore(low_res, training)
        photograph, lesions = outputs["super_resolution"], outputs["lesions"]
        grade = self.grader([photograph, lesions], training=training)
        return {**outputs, "grade": grade}

    def explain(
        self, low_res: Any, subnets: Subnets | None = None
    ) -> dict[str, Any]:
        """Gives the four outputs for photographs, at inference.

        Args:
            low_res: `[B, h, w, 3]` float in [0, 1].
            subnets: The subnets in another form, as a device needs them; the
                model's own by default.

        Returns:
            `super_resolution` (clipped to [0, 1]), `lesions`, `grade`
            (logits) and `evidence`, all float32.

        Raises:
            UserError: `low_res` is not such a batch; in a graph its values
                are not checked, type and shape are.
        """
        check_batch(low_res, self.config.scale)
        outputs = self._restore(low_res, False, subnets)
        photograph, lesions = outputs["super_resolution"], outputs["lesions"]
        grade, evidence_map = self._grade(
            photograph, lesions, grader=(subnets or self).grader
        )
        return {**outputs, "grade": grade, "evidence": evidence_map}

    def restore(
        self, low_res: Any, subnets: Subnets | None = None
    ) -> dict[str, Any]:
        """Gives the outputs that need no grader, at inference.

        Args:
            low_res: `[B, h, w, 3]` float in [0, 1].
            subnets: As in `explain`.

        Returns:
            `super_resolution` (clipped to [0, 1]) and `lesions`, float32.

        Raises:
            UserError: As `explain`.
        """
        check_batch(low_res, self.config.scale)
        return self._restore(low_res, False, subnets)

    def _restore(
        self,
        low_res: Any,
        training: bool | None,
        subnets: Subnets | None = None,
    ) -> dict[str, Any]:
        """Super-resolves and segments: the one way of all methods.

        Clipped at inference; in training not, so that the gradient of a value
        outside of [0, 1] does not vanish.
        """
        subnets = subnets or self
        photograph = subnets.super_resolver(low_res, training=training)
        if not training:
            photograph = keras.ops.clip(photograph, 0.0, 1.0)
        lesions = subnets.segmenter(photograph, training=training)
        return {"super_resolution": photograph, "lesions": lesions}

    def _grade(
        self,
        photograph: Any,
        lesions: Any,
        training: bool = False,
        second_order: bool = False,
        grader: evidence.Grader | None = None,
    ) -> tuple[Any, Any]:
        """One pass of the grader: logits `[B, 5]` and evidence `[B, H, W, 1]`.

        The evidence's score never sees dropout; the logits do in training.
        """
        grader = grader or self.grader
        explained = evidence.MAPS_WITH_FEATURES[self.config.evidence](
            grader,
            photograph,
            lesions,
            score=self.config.evidence_score,
            second_order=second_order,
            training=training,
        )
        grade = grader.head(explained.features[-1], training=training)
        return grade, explained.evidence

    def predict(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        # In its graph `explain` cannot check the values any longer.
        if isinstance(x, np.ndarray) or tf.is_tensor(x):
            check_batch(x, self.config.scale)
        return super().predict(x, *args, **kwargs)

    def predict_step(self, data: Any) -> dict[str, Any]:
        low_res = data["low_res"] if isinstance(data, Mapping) else data
        return self.explain(low_res)

    # === Subnets ===

    def freeze(self, parts: Sequence[str]) -> None:
        """Freezes parts of the model, before it is compiled.

        Args:
            parts: Subnets (`"super_resolution"`, `"segmentation"`,
                `"grading"`), and `"batch_norm"`: every batch norm runs on its
                moving statistics and learns nothing. What was frozen before
                stays frozen.

        Raises:
            UserError: There is no such part.
        """
        unknown = set(parts) - {*SUBNETS, "batch_norm"}
        if unknown:
            raise UserError(
                f"must be of {(*SUBNETS, 'batch_norm')}, not {min(unknown)!r}",
                argument="frozen",
            )
        self.frozen = tuple(dict.fromkeys([*self.frozen, *parts]))
        for subnet, network in self._subnets().items():
            if subnet in self.frozen:
                network.trainable = False
            if "batch_norm" in self.frozen:
                for layer in batch_norms(network):
                    layer.trainable = False

    def _subnets(self) -> dict[Subnet, keras.Model]:
        return {
            "super_resolution": self.super_resolver,
            "segmentation": self.segmenter,
            "grading": self.grader,
        }

    def learners(self, phase: PhaseName) -> dict[Subnet, list[keras.Variable]]:
        """Returns the variables that each subnet learns in a phase."""
        subnets = self._subnets()
        return {
            name: subnets[name].trainable_variables
            for name in PHASES[phase].subnets
        }

    # === Saving ===

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "config": dataclasses.asdict(self.config),
            "seed": self.seed,
            "frozen": self.frozen,
        }


def _model_config(
    config: ModelConfig | Mapping[str, Any] | None,
) -> ModelConfig:
    if isinstance(config, Mapping):
        return config_file.from_dict(ModelConfig, config, "config")
    return config or ModelConfig()
