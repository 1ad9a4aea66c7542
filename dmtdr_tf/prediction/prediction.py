"""The four outputs for one photograph, with the photograph itself."""

import dataclasses

import numpy as np

from dmtdr_tf.labels import LESIONS
from dmtdr_tf.prediction.finding import Finding
from dmtdr_tf.prediction.lesion_area import measure_lesion, retina_share
from dmtdr_tf.preprocessing.cropping import uncrop
from dmtdr_tf.preprocessing.field_of_view import FieldOfView
from dmtdr_tf.preprocessing.quality import Quality


@dataclasses.dataclass(frozen=True)
class Prediction:
    """What the model gave for one photograph.

    `S` is the side of the model's output, `s` that of its input, both of the
    square around the field of view; `H` and `W` are the original's.

    Args:
        photograph: uint8 `[H, W, 3]`, as it was given.
        field_of_view: The square that was cropped.
        quality: Measures of the photograph.
        low_res: `[s, s, 3]` in [0, 1]: what the model saw.
        super_resolution: `[S, S, 3]` in [0, 1].
        lesions: `[S, S, 4]` probabilities, order MA, HM, SE, HE.
        probabilities: `[5]`, of the grades.
        evidence: `[S, S, 1]` in [0, 1].
    """

    photograph: np.ndarray
    field_of_view: FieldOfView
    quality: Quality
    low_res: np.ndarray
    super_resolution: np.ndarray
    lesions: np.ndarray
    probabilities: np.ndarray
    evidence: np.ndarray

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
            whole = uncrop(self.lesions[..., i], self.field_of_view)
            masks[..., i] = whole >= threshold
        return masks

    def whole_evidence(self) -> np.ndarray:
        """Returns the evidence in the original photograph, uint8 `[H, W]`."""
        evidence = np.rint(self.evidence[..., 0] * 255.0).astype(np.uint8)
        return uncrop(evidence, self.field_of_view)

    def finding(self, file: str, folder: str, masks: np.ndarray) -> Finding:
        """Sums the prediction up in numbers.

        Args:
            file: The photograph's path as it was given.
            folder: Where its pictures go.
            masks: From `lesion_masks`.

        Returns:
            Grade, probabilities and the four lesion areas.
        """
        retina = retina_share(self.low_res) * self.field_of_view.side**2
        areas = [
            measure_lesion(masks[..., i], retina) for i in range(len(LESIONS))
        ]
        probabilities = tuple(float(p) for p in self.probabilities)
        return Finding(file, folder, probabilities, tuple(areas), self.quality)
