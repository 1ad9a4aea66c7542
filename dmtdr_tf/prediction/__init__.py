"""Grades photographs and summarizes the results in numbers.

The public names are imported on their first use: listing photographs needs no
TensorFlow.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dmtdr_tf.prediction.finding import Finding
    from dmtdr_tf.prediction.lesion_area import LesionArea
    from dmtdr_tf.prediction.prediction import Prediction
    from dmtdr_tf.prediction.predictor import Predictor

__all__ = ["Finding", "LesionArea", "Prediction", "Predictor"]


def __getattr__(name: str) -> Any:
    """Imports a public name on its first use."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from dmtdr_tf.prediction.finding import Finding
    from dmtdr_tf.prediction.lesion_area import LesionArea
    from dmtdr_tf.prediction.prediction import Prediction
    from dmtdr_tf.prediction.predictor import Predictor

    globals().update(
        Finding=Finding,
        LesionArea=LesionArea,
        Prediction=Prediction,
        Predictor=Predictor,
    )
    return globals()[name]
