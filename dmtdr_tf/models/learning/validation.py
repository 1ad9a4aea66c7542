"""The figures that validation tracks during training."""

from collections.abc import Mapping

import keras
import tensorflow as tf

from dmtdr_tf.config.phases import PHASES, PhaseName
from dmtdr_tf.config.run import BestEpoch
from dmtdr_tf.labels import LESIONS, REFERABLE_GRADE
from dmtdr_tf.metrics import (
    PSNR,
    BinnedAveragePrecision,
    CohenKappa,
    RankedProbabilitySkill,
)
from dmtdr_tf.preprocessing import degradation

__all__ = ["ValidationMetrics"]


class ValidationMetrics:
    """Validation metrics of a phase, and the score that picks the best epoch.

    The score adds what the phase trains: a tenth of the PSNR gain over bicubic
    in dB, the mean pooled average precision, and a figure of the grades, each
    about 0 for the trivial answer and 1 for a perfect one. The figure of the
    grades is the quadratic kappa, or with `best_epoch="probabilities"`
    `(RPSS + 2 * AUC - 1) / 2`: the ranked probability skill score and the AUC
    of referable retinopathy. These change little where a probability crosses
    another one, which turns the kappa of few photographs into noise.

    Args:
        phase: `"restoration"`, `"grading"` or `"joint"`.
        best_epoch: How the score judges grades: `"kappa"` or
            `"probabilities"`.

    Example:
    >>> [metric.name for metric in ValidationMetrics("grading").metrics]
    ['quadratic_kappa', 'accuracy']
    """

    def __init__(self, phase: PhaseName, best_epoch: BestEpoch = "kappa"):
        self.best_epoch = best_epoch
        self._restores = PHASES[phase].restores
        self._grades = PHASES[phase].grades
        self._psnr = PSNR(name="psnr")
        self._bicubic = PSNR(name="bicubic_psnr")
        self._precision = [
            BinnedAveragePrecision(name=f"average_precision_{lesion}")
            for lesion in LESIONS
        ]
        self._kappa = CohenKappa(weights="quadratic", name="quadratic_kappa")
        self._accuracy = keras.metrics.SparseCategoricalAccuracy("accuracy")
        self._skill = RankedProbabilitySkill()
        # Thresholds so dense that they keep the order of the photographs.
        self._auc = keras.metrics.AUC(num_thresholds=2000, name="referable_auc")
        asked = best_epoch == "probabilities"
        self._of_probabilities = [self._skill, self._auc] if asked else []

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The Keras metrics, reset by Keras at every epoch."""
        restoration = [self._psnr, self._bicubic, *self._precision]
        grading = [self._kappa, self._accuracy, *self._of_probabilities]
        return restoration * self._restores + grading * self._grades

    def update(
        self, outputs: Mapping[str, tf.Tensor], batch: Mapping[str, tf.Tensor]
    ) -> None:
        """Counts a batch.

        Args:
            outputs: From `DeepMTDR.forward`.
            batch: A batch of the pipeline; a sample whose `weight` is 0 only
                fills it up.
        """
        if self._restores:
            high_res, weight = batch["high_res"], batch.get("weight")
            scale = high_res.shape[1] // batch["low_res"].shape[1]
            self._psnr.update_state(
                high_res, outputs["super_resolution"], weight
            )
            self._bicubic.update_state(
                high_res, degradation.bicubic(batch["low_res"], scale), weight
            )
            for kind, metric in enumerate(self._precision):
                metric.update_state(
                    batch["lesions"][..., kind],
                    outputs["lesions"][..., kind],
                    batch["has_lesions"],
                )
        if self._grades:
            grade = tf.maximum(batch["grade"], 0)
            known = batch["has_grade"]
            predicted = tf.argmax(outputs["grade"], -1, tf.int32)
            self._kappa.update_state(grade, predicted, known)
            self._accuracy.update_state(grade, outputs["grade"], known)
            if self._of_probabilities:
                self._update_probabilities(grade, outputs["grade"], known)

    def _update_probabilities(
        self, grade: tf.Tensor, logits: tf.Tensor, known: tf.Tensor
    ) -> None:
        probabilities = tf.nn.softmax(tf.cast(logits, tf.float32))
        referable = tf.reduce_sum(probabilities[:, REFERABLE_GRADE:], axis=-1)
        self._skill.update_state(grade, probabilities, known)
        self._auc.update_state(grade >= REFERABLE_GRADE, referable, known)

    def result(self) -> dict[str, tf.Tensor]:
        """Returns every figure so far, and `score`."""
        figures = {metric.name: metric.result() for metric in self.metrics}
        score = tf.zeros(())
        if self._restores:
            mean = tf.add_n(
                [figures[metric.name] for metric in self._precision]
            ) / len(LESIONS)
            figures["average_precision"] = mean
            score += mean + 0.1 * (figures["psnr"] - figures["bicubic_psnr"])
        if self._grades:
            score += self._grade_score(figures)
        figures["score"] = score
        return figures

    def _grade_score(self, figures: Mapping[str, tf.Tensor]) -> tf.Tensor:
        if self.best_epoch == "kappa":
            return figures["quadratic_kappa"]
        gini = 2.0 * figures["referable_auc"] - 1.0
        return (figures["ranked_probability_skill"] + gini) / 2.0
