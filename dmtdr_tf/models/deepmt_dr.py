"""DeepMT-DR: the three subnets composed, and how they learn."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from dmtdr_tf.config import LossConfig
from dmtdr_tf.config import file as config_file
from dmtdr_tf.config.phases import PHASES, PhaseName
from dmtdr_tf.config.run import BestEpoch
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models.cascade import Cascade
from dmtdr_tf.models.learning.averaged_weights import averaged_weights
from dmtdr_tf.models.learning.guarded_update import GuardedUpdate, all_finite
from dmtdr_tf.models.learning.moving_statistics import MovingStatistics
from dmtdr_tf.models.learning.objectives import Objectives

# Registers the optimizer of saved models.
from dmtdr_tf.models.learning.subnet_adamw import SubnetAdamW  # noqa: F401
from dmtdr_tf.models.learning.validation import ValidationMetrics

__all__ = ["DeepMTDR"]

Tensors = Mapping[str, Any]


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class DeepMTDR(Cascade):
    """Super-resolves, segments, grades and explains a fundus photograph.

    Args:
        config: Widths and choices of the subnets, or the dictionary of its
            fields.
        seed: Seed of the dropout; weights follow Keras's global seed.
        frozen: What does not learn: see `freeze`.
        **kwargs: As `keras.Model`: `name`, `trainable` and `dtype`, the dtype
            policy of every layer (the global one by default). Outputs are
            float32 under every policy.

    Input shape:
        `[B, h, w, 3]` float in [0, 1], RGB; `scale * h` and `scale * w`
        multiples of 32.

    Output shape:
        A dictionary: `super_resolution` `[B, H, W, 3]`; `lesions`
        `[B, H, W, 4]` probabilities; `grade` `[B, 5]` logits. With `explain`
        and `predict` also `evidence` `[B, H, W, 1]` in [0, 1]. At inference
        `super_resolution` is clipped to [0, 1] before it is segmented and
        graded; in training it is not, so that its gradient never vanishes.

    Raises:
        UserError: `config` has an unknown field or a value out of range.

    Example:
    >>> model = DeepMTDR.from_preset("demo", load_weights=False)
    >>> low_res = tf.zeros((1, 64, 64, 3))
    >>> tuple(model(low_res)["grade"].shape)
    (1, 5)
    >>> sorted(model.explain(low_res))
    ['evidence', 'grade', 'lesions', 'super_resolution']

    Reference:
        Wang et al. 2021, "Deep Multi-Task Learning for Diabetic Retinopathy
        Grading in Fundus Images", Figure 3, eq. 1 to 10.
    """

    _evaluating = False

    # === Training ===

    def compile(
        self,
        optimizer: Any = "adamw",
        losses: LossConfig | None = None,
        phase: PhaseName = "joint",
        gradient_accumulation: int = 1,
        best_epoch: BestEpoch = "kappa",
        **kwargs: Any,
    ) -> None:
        """Sets up one phase of training.

        Args:
            optimizer: One optimizer for all subnets.
            losses: Loss weights; those of stage 2 in Table 1 by default.
            phase: `"restoration"` trains super-resolver and segmenter,
                `"grading"` the grader on high-resolution photographs,
                `"joint"` all three.
            gradient_accumulation: Number of steps that make one update.
            best_epoch: How the validation score judges grades; see
                `RunConfig`.
            **kwargs: As `keras.Model.compile`.

        Raises:
            UserError: `phase` is unknown, or `gradient_accumulation` below 1.
        """
        if phase not in PHASES:
            raise UserError(
                f"must be one of {tuple(PHASES)}, not {phase!r}",
                argument="phase",
            )
        if gradient_accumulation < 1:
            raise UserError(
                f"must be at least 1, not {gradient_accumulation}",
                argument="gradient_accumulation",
            )
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
        self.validation = ValidationMetrics(phase, best_epoch)

    def forward(self, batch: Tensors, training: bool) -> dict[str, Any]:
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
        phase, high_res = PHASES[self.phase], batch["high_res"]
        if not phase.restores:
            inputs = [tf.stop_gradient(x) for x in self._for_grader(batch)]
            return {"grade": self.grader(inputs, training=training)}
        outputs = self._restore(batch["low_res"], training)
        if phase.is_joint or "segmentation_aware_loss" in self.objectives.names:
            outputs["high_res_lesions"] = tf.stop_gradient(
                self.segmenter(high_res, training=False)
            )
        if phase.is_joint:
            outputs["grade"], outputs["evidence"] = self._grade(
                outputs["super_resolution"],
                outputs["lesions"],
                training,
                self.losses_config.second_order,
            )
            _, constant = self._grade(high_res, outputs["high_res_lesions"])
            outputs["high_res_evidence"] = tf.stop_gradient(constant)
        return outputs

    def _for_grader(self, batch: Tensors) -> tuple[Any, Any]:
        """Returns photographs and lesion maps as the grader learns from them.

        Where `super_resolved` is 1, the photograph is super-resolved.
        """
        photograph, lesions = batch["high_res"], batch.get("lesion_maps")
        chosen = batch.get("super_resolved")
        if chosen is not None:
            restored = self.super_resolver(batch["low_res"], training=False)
            restored = tf.clip_by_value(restored, 0.0, 1.0)
            chosen = chosen[:, None, None, None]
            photograph = photograph + chosen * (restored - photograph)
        if lesions is None:
            lesions = self.segmenter(photograph, training=False)
        return photograph, lesions

    def train_step(self, batch: Tensors) -> dict[str, Any]:
        statistics = MovingStatistics(self)
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
        statistics.restore_unless(finite)
        self._track(losses, finite)
        return self._training_logs()

    def test_step(self, batch: Tensors) -> dict[str, Any]:
        outputs = self.forward(batch, training=False)
        losses = self.objectives.values(outputs, batch)
        self._track(losses, tf.constant(True))
        self.validation.update(outputs, batch)
        return self._validation_logs()

    # === Metrics ===

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        if not self.compiled:
            return []
        return [*self.loss_means.values(), *self.validation.metrics]

    def evaluate(self, *args: Any, **kwargs: Any) -> Any:
        self._evaluating = True
        try:
            with averaged_weights(self):
                return super().evaluate(*args, **kwargs)
        finally:
            self._evaluating = False

    def get_metrics_result(self) -> dict[str, Any]:
        # Keras asks at the end of an epoch, outside of the replicas, where the
        # metrics are those of all replicas; the logs of a step are of one.
        if self._evaluating:
            return self._validation_logs()
        return self._training_logs()

    def _loss_logs(self) -> dict[str, Any]:
        return {name: mean.result() for name, mean in self.loss_means.items()}

    def _training_logs(self) -> dict[str, Any]:
        return {**self._loss_logs(), **self.update.counts()}

    def _validation_logs(self) -> dict[str, Any]:
        return {**self._loss_logs(), **self.validation.result()}

    def _track(
        self, losses: Mapping[str, tuple[Any, Any]], finite: Any
    ) -> None:
        for name, (values, mask) in losses.items():
            counted = mask * tf.cast(finite, mask.dtype)
            values = tf.where(counted > 0, values, tf.zeros_like(values))
            self.loss_means[name].update_state(values, counted)

    # === Saving ===

    def get_compile_config(self) -> dict[str, Any] | None:
        if not self.compiled:
            return None
        return {
            "optimizer": keras.optimizers.serialize(self.optimizer),
            "losses": dataclasses.asdict(self.losses_config),
            "phase": self.phase,
            "gradient_accumulation": self.gradient_accumulation,
            "best_epoch": self.validation.best_epoch,
        }

    def compile_from_config(self, config: Mapping[str, Any]) -> None:
        self.compile(
            keras.optimizers.deserialize(config["optimizer"]),
            config_file.from_dict(LossConfig, config["losses"], "losses"),
            config["phase"],
            config["gradient_accumulation"],
            # Models saved by earlier versions have none.
            config.get("best_epoch", "kappa"),
        )
