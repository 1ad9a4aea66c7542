"""The three subnets of a model, as its configuration asks for them."""

from typing import Any, Protocol

import keras

from dmtdr_tf.config.model import ModelConfig
from dmtdr_tf.evidence.grader import Grader
from dmtdr_tf.models import ablations
from dmtdr_tf.models.grading import GradingNetwork
from dmtdr_tf.models.lesion_segmentation import LesionSegmentationNetwork
from dmtdr_tf.models.super_resolution import SuperResolutionNetwork

__all__ = ["Subnets", "make_grader", "make_segmenter", "make_super_resolver"]


class Subnets(Protocol):
    """The three subnets.

    Attributes:
        super_resolver: Keras model of photographs `[B, h, w, 3]` to
            `[B, H, W, 3]`.
        segmenter: Keras model of photographs `[B, H, W, 3]` to lesion
            probabilities `[B, H, W, 4]`.
        grader: The grading network in two halves.
    """

    super_resolver: Any
    segmenter: Any
    grader: Grader


def make_super_resolver(config: ModelConfig, dtype: Any = None) -> keras.Model:
    """Makes the super-resolver, or the bicubic upsampling in its place.

    Args:
        config: Widths and choices.
        dtype: Dtype policy of the layers; the global one by default.
    """
    if not config.use_super_resolution:
        return ablations.bicubic_network(config.scale)
    return SuperResolutionNetwork(
        config.scale,
        config.super_resolution_width,
        config.super_resolution_blocks,
        config.upscaling,
        config.super_resolution_output,
        dtype=dtype,
        name="super_resolver",
    )


def make_segmenter(config: ModelConfig, dtype: Any = None) -> keras.Model:
    """Makes the segmenter, or the empty lesion maps in its place.

    Args:
        config: Widths and choices.
        dtype: Dtype policy of the layers; the global one by default.
    """
    if not config.use_segmentation:
        return ablations.no_lesions_network()
    return LesionSegmentationNetwork(
        config.segmentation_width, dtype=dtype, name="segmenter"
    )


def make_grader(
    config: ModelConfig, seed: int = 0, dtype: Any = None
) -> GradingNetwork:
    """Makes the grader.

    Args:
        config: Widths and choices.
        seed: Seed of the dropout.
        dtype: Dtype policy of the layers; the global one by default.
    """
    return GradingNetwork(
        config.grading_width,
        config.grading_units,
        config.dropout,
        config.pyramid,
        seed,
        dtype=dtype,
        name="grader",
    )
