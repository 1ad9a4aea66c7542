"""Evidence maps: where in a photograph the grade comes from."""

import types
from collections.abc import Callable, Mapping
from typing import Any

import dmtdr_tf.keras_settings  # noqa: F401
from dmtdr_tf.evidence.gmsv import (
    gmsv,
    gmsv_literal,
    gmsv_literal_with_features,
    gmsv_with_features,
)
from dmtdr_tf.evidence.grad_cam import grad_cam, grad_cam_with_features
from dmtdr_tf.evidence.grader import Grader
from dmtdr_tf.evidence.guided_backprop import (
    guided_backprop,
    guided_backprop_with_features,
)
from dmtdr_tf.evidence.options import MapOptions, MapWithFeatures
from dmtdr_tf.evidence.retina import retina
from dmtdr_tf.evidence.scores import Score, grade_score
from dmtdr_tf.evidence.smooth_grad import (
    smooth_grad,
    smooth_grad_with_features,
)

__all__ = [
    "MAPS",
    "MAPS_WITH_FEATURES",
    "Grader",
    "MapOptions",
    "MapWithFeatures",
    "Score",
    "gmsv",
    "gmsv_literal",
    "gmsv_literal_with_features",
    "gmsv_with_features",
    "grad_cam",
    "grad_cam_with_features",
    "grade_score",
    "guided_backprop",
    "guided_backprop_with_features",
    "retina",
    "smooth_grad",
    "smooth_grad_with_features",
]

MAPS: Mapping[str, Callable[..., Any]] = types.MappingProxyType(
    {
        "gmsv": gmsv,
        "gmsv_literal": gmsv_literal,
        "grad_cam": grad_cam,
        "guided_backprop": guided_backprop,
        "smooth_grad": smooth_grad,
    }
)

MAPS_WITH_FEATURES: Mapping[str, Callable[..., MapWithFeatures]] = (
    types.MappingProxyType(
        {
            "gmsv": gmsv_with_features,
            "gmsv_literal": gmsv_literal_with_features,
            "grad_cam": grad_cam_with_features,
            "guided_backprop": guided_backprop_with_features,
            "smooth_grad": smooth_grad_with_features,
        }
    )
)
