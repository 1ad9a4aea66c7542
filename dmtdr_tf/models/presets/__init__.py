"""Presets as folders: a model's configuration, weights and input."""

from dmtdr_tf.models.presets.writer import write_preset
from dmtdr_tf.pretrained import Preprocessor, PresetFolder, read_preset

__all__ = ["Preprocessor", "PresetFolder", "read_preset", "write_preset"]
