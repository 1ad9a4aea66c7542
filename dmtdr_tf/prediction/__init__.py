"""Grades photographs and summarizes the results in numbers."""

from dmtdr_tf.prediction.finding import Finding
from dmtdr_tf.prediction.lesion_area import LesionArea
from dmtdr_tf.prediction.prediction import Prediction
from dmtdr_tf.prediction.predictor import Predictor

__all__ = ["Finding", "LesionArea", "Prediction", "Predictor"]
