"""Trained models: those in the package, and how any of them is found.

Nothing here imports TensorFlow: commands read a model's configuration, and
tell mistakes, before they load it.
"""

from dmtdr_tf.pretrained.model_name import find_model, open_model
from dmtdr_tf.pretrained.preprocessor import Preprocessor
from dmtdr_tf.pretrained.preset_folder import PresetFolder, read_preset
from dmtdr_tf.pretrained.shipped import default_model, shipped_models

__all__ = [
    "Preprocessor",
    "PresetFolder",
    "default_model",
    "find_model",
    "open_model",
    "read_preset",
    "shipped_models",
]
