"""A trained model applied to photographs as they come."""

import numpy as np
import tensorflow as tf

from dmtdr_tf.config import Config
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.prediction.prediction import Prediction
from dmtdr_tf.preprocessing.field_of_view import FieldOfView, find_field_of_view
from dmtdr_tf.preprocessing.model_input import model_input
from dmtdr_tf.preprocessing.quality import check_quality, measure_quality


class Predictor:
    """Predicts from photographs of any size.

    A photograph is cropped to its field of view and reduced; see
    `data.model_input`.

    Args:
        model: A trained model.
        config: That of its workdir.

    Example:
    >>> workdir = Workdir("runs/demo")
    >>> predictor = Predictor(workdir.load_model(), workdir.config)
    >>> predictor(read_photograph("eye.jpg")).probabilities.shape
    (5,)
    """

    def __init__(self, model: DeepMTDR, config: Config):
        self.config = config
        side = config.low_res_size
        # One signature: the second photograph does not trace again.
        self._explain = tf.function(
            model.explain,
            input_signature=[
                tf.TensorSpec((1, side, side, 3), tf.float32, "low_res")
            ],
        )

    def __call__(self, photograph: np.ndarray) -> Prediction:
        """Predicts from one photograph.

        Args:
            photograph: uint8 `[H, W, 3]`, RGB.

        Returns:
            The four outputs.

        Raises:
            NoFieldOfViewError: The photograph shows no retina.
            UngradablePhotographError: It is too poor to be graded.
            UserError: The model's weights give values that are not finite.
        """
        view = find_field_of_view(photograph)
        quality = measure_quality(photograph, view)
        check_quality(quality, self.config.quality)
        low_res = self.low_resolution(photograph, view)
        raw = self._explain(tf.constant(low_res[None]))
        outputs = {name: value[0].numpy() for name, value in raw.items()}
        for name, value in outputs.items():
            if not np.isfinite(value).all():
                raise UserError(
                    f"the model's {name} is not finite: its weights are "
                    "damaged, train again"
                )
        return Prediction(
            photograph=photograph,
            field_of_view=view,
            quality=quality,
            low_res=low_res,
            super_resolution=outputs["super_resolution"],
            lesions=outputs["lesions"],
            probabilities=tf.nn.softmax(outputs["grade"]).numpy(),
            evidence=outputs["evidence"],
        )

    def low_resolution(
        self, photograph: np.ndarray, field_of_view: FieldOfView
    ) -> np.ndarray:
        """Makes the model's input.

        Args:
            photograph: uint8 `[H, W, 3]`, RGB.
            field_of_view: Its field of view.

        Returns:
            `[h, w, 3]` float32 in [0, 1].
        """
        return model_input(
            photograph,
            field_of_view,
            self.config.low_res_size,
            self.config.data.high_res_size,
        )[0]
