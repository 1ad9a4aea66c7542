"""The four outputs for one photograph, with the photograph itself."""

import dataclasses
import os
from collections.abc import Collection

import numpy as np

from dmtdr_tf.calibration import OperatingPoint
from dmtdr_tf.drawing.overlays import draw_lesions
from dmtdr_tf.drawing.pictures import to_uint8
from dmtdr_tf.labels import LESIONS
from dmtdr_tf.prediction import notebook
from dmtdr_tf.prediction.finding import Finding
from dmtdr_tf.prediction.graded import Graded
from dmtdr_tf.prediction.lesion_area import measure_lesion, retina_share
from dmtdr_tf.prediction.result_folder import save_pictures
from dmtdr_tf.preprocessing.cropping import uncrop
from dmtdr_tf.preprocessing.field_of_view import FieldOfView
from dmtdr_tf.preprocessing.quality import Quality

__all__ = ["Prediction"]


# Arrays have no single truth: `==` of two predictions would raise.
@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Prediction(Graded):
    """What a model says of one photograph.

    `S` is the side of the model's output, `s` that of its input, both of the
    square around the field of view; `H` and `W` are the original's.

    Args:
        photograph: uint8 `[H, W, 3]`, RGB, the photograph as it was given.
        field_of_view: The square that was cropped.
        quality: Measures of the photograph's quality.
        low_res: `[s, s, 3]` in [0, 1], the model's input.
        super_resolution: `[S, S, 3]` in [0, 1].
        lesions: `[S, S, 4]` probabilities, order MA, HM, SE, HE.
        probabilities: `[5]`, of the grades.
        evidence: `[S, S, 1]` in [0, 1]; all zero if no part of the photograph
            raised the score.
        unreliable: The lesions that the model cannot find by its own
            evaluation, by their short names.
        operating_point: Of the calibrated model, whose `probabilities` are
            calibrated too; None if it is not.
    """

    photograph: np.ndarray
    field_of_view: FieldOfView
    quality: Quality
    low_res: np.ndarray
    super_resolution: np.ndarray
    lesions: np.ndarray
    probabilities: np.ndarray
    evidence: np.ndarray
    unreliable: Collection[str] = ()
    operating_point: OperatingPoint | None = None

    def __repr__(self) -> str:
        """Names the grade and its probability, not the pictures' numbers."""
        return (
            f"Prediction(grade={self.grade_text} ({self.grade_name}), "
            f"probability={self.probabilities[self.grade]:.2f}, "
            f"referable_probability={self.referable_probability:.2f})"
        )

    def _repr_html_(self) -> str:
        """Shows photograph, evidence and grade in a notebook."""
        masks = self.lesion_masks()
        return notebook.render(
            draw_lesions(self.photograph, masks),
            self.photograph,
            self.whole_evidence(),
            self.finding("", "", masks),
        )

    def lesion_masks(self, threshold: float = 0.5) -> np.ndarray:
        """Returns the lesions' masks in the original photograph.

        Args:
            threshold: A pixel belongs to the lesion from this probability on.

        Returns:
            Boolean `[H, W, 4]`; False outside the cropped square.
        """
        shape = (*self.photograph.shape[:2], len(LESIONS))
        masks = np.zeros(shape, bool)
        # One at a time: four float maps of a large photograph are 200 MB.
        for i in range(len(LESIONS)):
            probability = uncrop(self.lesions[..., i], self.field_of_view)
            masks[..., i] = probability >= threshold
        return masks

    def whole_evidence(self) -> np.ndarray:
        """Returns the evidence in the original photograph, uint8 `[H, W]`."""
        evidence = np.rint(self.evidence[..., 0] * 255.0).astype(np.uint8)
        return uncrop(evidence, self.field_of_view)

    def pictures(self, masks: np.ndarray) -> dict[str, np.ndarray]:
        """Returns the pictures that are written for a photograph.

        Args:
            masks: From `lesion_masks`.

        Returns:
            uint8 picture by file name: `lesions_*.png` (masks, 0 or 255),
            `overlay.jpg` and `evidence.png` (0 to 255) of the photograph's
            size, and `super_resolution.png`, the square around the field of
            view.
        """
        pictures = {
            "super_resolution.png": to_uint8(self.super_resolution),
            "overlay.jpg": draw_lesions(self.photograph, masks),
            "evidence.png": self.whole_evidence(),
        }
        for i, lesion in enumerate(LESIONS):
            mask = masks[..., i].astype(np.uint8) * 255
            pictures[f"lesions_{lesion}.png"] = mask
        return pictures

    def save(
        self, folder: str | os.PathLike[str], threshold: float = 0.5
    ) -> None:
        """Writes the prediction's pictures, all of them or none.

        Args:
            folder: The folder to write. One that holds an earlier prediction
                is replaced.
            threshold: A pixel belongs to a lesion from this probability on.

        Raises:
            UserError: The folder holds other files, or cannot be written.
        """
        save_pictures(folder, self.pictures(self.lesion_masks(threshold)))

    def finding(self, file: str, folder: str, masks: np.ndarray) -> Finding:
        """Summarizes the prediction in numbers.

        Args:
            file: The photograph's path as it was given.
            folder: Where its pictures go.
            masks: From `lesion_masks`.

        Returns:
            Grade, probabilities and the four lesion areas.
        """
        retina = retina_share(self.low_res) * self.field_of_view.side**2
        areas = [
            measure_lesion(masks[..., i], retina, lesion not in self.unreliable)
            for i, lesion in enumerate(LESIONS)
        ]
        return Finding(
            file,
            folder,
            tuple(float(p) for p in self.probabilities),
            tuple(areas),
            self.quality,
            has_evidence=bool(self.whole_evidence().any()),
            operating_point=self.operating_point,
        )
