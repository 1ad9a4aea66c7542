"""DeepMT-DR: the three subnets composed, and how they learn."""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from dmtdr_tf import evidence
from dmtdr_tf.config import LossConfig, ModelConfig
from dmtdr_tf.config import file as config_file
from dmtdr_tf.config.phases import PHASES, PhaseName
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.layers.batch_norm import BatchNorm
from dmtdr_tf.models import ablations
from dmtdr_tf.models.grading import GradingNetwork
from dmtdr_tf.models.guarded_update import GuardedUpdate, all_finite
from dmtdr_tf.models.lesion_segmentation import LesionSegmentationNetwork
from dmtdr_tf.models.objectives import Objectives

# Registers the optimiser of saved models.
from dmtdr_tf.models.subnet_adamw import SubnetAdamW  # noqa: F401
from dmtdr_tf.models.subnets import Subnets
from dmtdr_tf.models.super_resolution import SuperResolutionNetwork
from dmtdr_tf.models.validation import ValidationMetrics
from dmtdr_tf.models.weights import load_weights

Tensors = Mapping[str, tf.Tensor]


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class DeepMTDR(keras.Model):
    """Super-resolves, segments, grades and explains a fundus photograph.

    Args:
        config: Widths and choices of the subnets, or the dictionary of its
            fields.
        seed: Seed of the dropout; weights follow Keras's global seed.
        frozen: What does not learn: see `freeze`.

    Input shape:
        `[B, h, w, 3]` float in [0, 1], RGB; `scale * h` and `scale * w`
        multiples of 32.

    Output shape:
        A dictionary: `super_resolution` `[B, H, W, 3]`, about [0, 1];
        `lesions` `[B, H, W, 4]` probabilities; `grade` `[B, 5]` logits. With
        `explain` (and `predict`) also `evidence` `[B, H, W, 1]` in [0, 1],
        and `super_resolution` is clipped to [0, 1].

    Example:
    >>> model = DeepMTDR(preset("demo").model)
    >>> model.predict(np.zeros((1, 64, 64, 3), "float32"))["grade"].shape
    (1, 5)

    Reference:
        Wang et al. 2021, "Deep Multi-Task Learning for Diabetic Retinopathy
        Grading in Fundus Images", Figure 3, eq. 1 to 10.
    """

    def __init__(
        self,
        config: Any = None,
        seed: int = 0,
        frozen: Sequence[str] = (),
        **kwargs,
    ):
        super().__init__(**kwargs)
        if isinstance(config, Mapping):
            config = config_file.from_dict(ModelConfig, config, "model")
        self.config = c = config or ModelConfig()
        self.seed = seed
        self.super_resolver = (
            SuperResolutionNetwork(
                c.scale,
                c.super_resolution_width,
                c.super_resolution_blocks,
                c.upscaling,
                c.super_resolution_output,
                name="super_resolver",
            )
            if c.use_super_resolution
            else ablations.bicubic_network(c.scale)
        )
        self.segmenter = (
            LesionSegmentationNetwork(c.segmentation_width, name="segmenter")
            if c.use_segmentation
            else ablations.no_lesions_network()
        )
        self.grader = GradingNetwork(
            c.grading_width,
            c.grading_units,
            c.dropout,
            c.pyramid,
            seed,
            name="grader",
        )
        self.built = True
        self.frozen: tuple[str, ...] = ()
        self.freeze(frozen)

    @classmethod
    def from_workdir(
        cls, path: str | os.PathLike[str], stage: int | None = None
    ) -> "DeepMTDR":
        """Loads the best checkpoint of a training run.

        Args:
            path: The run's folder.
            stage: 1 or 2; the latest finished one by default.

        Returns:
            The model, under the current Keras dtype policy.

        Raises:
            UserError: The folder holds no run, there is no such stage, or it
                is not finished.
        """
        run = RunFolder(path)
        config = run.config
        checkpoint = run.checkpoint(stage)
        model = cls(config.model, seed=config.run.seed)
        load_weights(model, checkpoint)
        return model

    def call(self, low_res, training=None):
        super_resolution = self.super_resolver(low_res, training=training)
        lesions = self.segmenter(super_resolution, training=training)
        grade = self.grader([super_resolution, lesions], training=training)
        return {
            "super_resolution": super_resolution,
            "lesions": lesions,
            "grade": grade,
        }

    def explain(
        self, low_res: tf.Tensor, subnets: Subnets | None = None
    ) -> dict[str, tf.Tensor]:
        """Gives the four outputs for photographs, at inference.

        Args:
            low_res: `[B, h, w, 3]` float in [0, 1].
            subnets: The subnets in another form, as a device needs them; the
                model's own by default.

        Returns:
            `super_resolution` (clipped to [0, 1]), `lesions`, `grade`
            (logits) and `evidence`, all float32.
        """
        subnets = subnets or self
        restored = self.restore(low_res, subnets)
        grade, shown = self._grade(
            restored["super_resolution"],
            restored["lesions"],
            grader=subnets.grader,
        )
        return {**restored, "grade": grade, "evidence": shown}

    def restore(
        self, low_res: tf.Tensor, subnets: Subnets | None = None
    ) -> dict[str, tf.Tensor]:
        """Gives the outputs that need no grader, at inference.

        Args:
            low_res: `[B, h, w, 3]` float in [0, 1].
            subnets: As in `explain`.

        Returns:
            `super_resolution` (clipped to [0, 1]) and `lesions`, float32.
        """
        subnets = subnets or self
        super_resolution = subnets.super_resolver(low_res, training=False)
        super_resolution = tf.clip_by_value(super_resolution, 0.0, 1.0)
        lesions = subnets.segmenter(super_resolution, training=False)
        return {"super_resolution": super_resolution, "lesions": lesions}

    def _grade(
        self,
        photograph,
        lesions,
        training=False,
        second_order=False,
        grader=None,
    ):
        """One pass of the grader: logits `[B, 5]` and evidence `[B, H, W, 1]`.

        The evidence's score never sees dropout; the logits do in training.
        """
        grader = grader or self.grader
        shown, features = evidence.MAPS[self.config.evidence](
            grader,
            photograph,
            lesions,
            score=self.config.evidence_score,
            second_order=second_order,
            training=training,
            return_features=True,
        )
        return grader.head(features[-1], training=training), shown

    # === Training ===

    def compile(
        self,
        optimizer="adamw",
        losses: LossConfig | None = None,
        phase: PhaseName = "joint",
        gradient_accumulation: int = 1,
        **kwargs,
    ):
        """Sets up one phase of training.

        Args:
            optimizer: One optimiser for all subnets.
            losses: Loss weights; Table 1's of stage 2 by default.
            phase: `"restoration"` trains super-resolver and segmenter,
                `"grading"` the grader on high-resolution photographs,
                `"joint"` all three.
            gradient_accumulation: Steps that make one update.
            **kwargs: As `keras.Model.compile`.
        """
        # Keras's "auto" takes XLA on a GPU, and XLA has no bicubic resize.
        kwargs.setdefault("jit_compile", False)
        super().compile(optimizer=optimizer, **kwargs)
        self.losses_config = losses or LossConfig()
        self.phase = phase
        self.gradient_accumulation = gradient_accumulation
        self.objectives = Objectives(self.losses_config, PHASES[phase].subnets)
        self.update = GuardedUpdate(
            self.optimizer,
            [v for group in self.learners(phase).values() for v in group],
            gradient_accumulation,
        )
        self.loss_means = {
            name: keras.metrics.Mean(name) for name in self.objectives.names
        }
        self.validation = ValidationMetrics(phase)

    def freeze(self, parts: Sequence[str]) -> None:
        """Freezes parts of the model, before it is compiled.

        Args:
            parts: Subnets (`"super_resolution"`, `"segmentation"`,
                `"grading"`), and `"batch_norm"`: every batch norm runs on its
                moving statistics and learns nothing. What was frozen before
                stays so.
        """
        self.frozen = tuple(dict.fromkeys([*self.frozen, *parts]))
        for subnet, network in self._subnets().items():
            if subnet in self.frozen:
                network.trainable = False
            if "batch_norm" in self.frozen:
                for layer in network._flatten_layers():
                    if isinstance(layer, BatchNorm):
                        layer.trainable = False

    def _subnets(self) -> dict[str, keras.Model]:
        return {
            "super_resolution": self.super_resolver,
            "segmentation": self.segmenter,
            "grading": self.grader,
        }

    def learners(self, phase: PhaseName) -> dict[str, list[keras.Variable]]:
        """Returns the variables that each subnet learns in a phase."""
        subnets = self._subnets()
        return {
            name: subnets[name].trainable_variables
            for name in PHASES[phase].subnets
        }

    @property
    def metrics(self):
        if not self.compiled:
            return []
        return [*self.loss_means.values(), *self.validation.metrics]

    def forward(self, batch: Tensors, training: bool) -> dict[str, tf.Tensor]:
        """Runs the phase's subnets once on both sides of the batch.

        The high-resolution side is a constant: it runs at inference, outside
        of every gradient, and only where a loss asks for it.

        Args:
            batch: A batch of the pipeline.
            training: Whether batch norm and dropout train.

        Returns:
            The outputs of the super-resolved side by name, and
            `high_res_lesions` and `high_res_evidence`.
        """
        high_res = batch["high_res"]
        if not PHASES[self.phase].restores:
            lesions = batch.get("lesion_maps")
            if lesions is None:
                lesions = self.segmenter(high_res, training=False)
            lesions = tf.stop_gradient(lesions)
            return {
                "grade": self.grader([high_res, lesions], training=training)
            }

        outputs = {}
        low_res = batch["low_res"]
        super_resolution = self.super_resolver(low_res, training=training)
        if not training:
            # What is scored is what `explain` gives.
            super_resolution = tf.clip_by_value(super_resolution, 0.0, 1.0)
        outputs["super_resolution"] = super_resolution
        outputs["lesions"] = self.segmenter(super_resolution, training=training)
        needs_evidence = PHASES[self.phase].is_joint
        if needs_evidence or "segmentation_aware_loss" in self.objectives.names:
            outputs["high_res_lesions"] = tf.stop_gradient(
                self.segmenter(high_res, training=False)
            )
        if needs_evidence:
            outputs["grade"], outputs["evidence"] = self._grade(
                super_resolution,
                outputs["lesions"],
                training,
                self.losses_config.second_order,
            )
            _, shown = self._grade(high_res, outputs["high_res_lesions"])
            outputs["high_res_evidence"] = tf.stop_gradient(shown)
        return outputs

    def train_step(self, batch):
        statistics = self._moving_statistics()
        with tf.GradientTape(persistent=True) as tape:
            outputs = self.forward(batch, training=True)
            losses = self.objectives.values(outputs, batch)
            objectives = self.objectives.objectives(losses)
        gradients = [
            gradient
            for subnet, variables in self.learners(self.phase).items()
            for gradient in tape.gradient(objectives[subnet], variables)
        ]
        finite = all_finite([*objectives.values(), *gradients])
        self.update(finite, gradients)
        for variable, before in statistics:
            variable.assign(tf.where(finite, variable, before))
        self._track(losses, finite)
        return self._logs(training=True)

    def test_step(self, batch):
        outputs = self.forward(batch, training=False)
        losses = self.objectives.values(outputs, batch)
        self._track(losses, tf.constant(True))
        self.validation.update(outputs, batch)
        return self._logs(training=False)

    def predict_step(self, data):
        low_res = data["low_res"] if isinstance(data, Mapping) else data
        return self.explain(low_res)

    def _logs(self, training):
        """Every figure of the epoch so far, by name."""
        logs = {name: mean.result() for name, mean in self.loss_means.items()}
        if not training:
            return {**logs, **self.validation.result()}
        update = self.update
        return {
            **logs,
            "bad_steps": tf.cast(update.bad_steps, tf.float32),
            "bad_steps_in_a_row": tf.cast(
                update.bad_steps_in_a_row, tf.float32
            ),
        }

    def _get_metrics_result_or_logs(self, logs):
        # Keras asks at an epoch's end, outside of the replicas, where the
        # metrics are those of all of them. A step's own logs are one's.
        return self._logs(training="bad_steps" in logs)

    def _moving_statistics(self):
        """Batch norm's moving statistics and their values before the step."""
        moving = [
            v
            for v in self.non_trainable_variables
            if v.name.startswith("moving_")
        ]
        return [(v, tf.identity(v.value)) for v in moving]

    def _track(self, losses, finite):
        for name, (values, mask) in losses.items():
            counted = mask * tf.cast(finite, mask.dtype)
            values = tf.where(counted > 0, values, tf.zeros_like(values))
            self.loss_means[name].update_state(values, counted)

    # === Saving ===

    def get_config(self):
        return {
            "config": dataclasses.asdict(self.config),
            "seed": self.seed,
            "frozen": self.frozen,
            "name": self.name,
        }

    def get_compile_config(self):
        if not self.compiled:
            return None
        return {
            "optimizer": keras.optimizers.serialize(self.optimizer),
            "losses": dataclasses.asdict(self.losses_config),
            "phase": self.phase,
            "gradient_accumulation": self.gradient_accumulation,
        }

    def compile_from_config(self, config):
        self.compile(
            keras.optimizers.deserialize(config["optimizer"]),
            config_file.from_dict(LossConfig, config["losses"], "losses"),
            config["phase"],
            config["gradient_accumulation"],
        )
