"""Evidence maps: where in a photograph the grade comes from."""

import types
from collections.abc import Callable, Mapping
from typing import Any

from dmtdr_tf.evidence.gmsv import gmsv
from dmtdr_tf.evidence.grad_cam import grad_cam
from dmtdr_tf.evidence.grader import Grader
from dmtdr_tf.evidence.guided_backprop import guided_backprop
from dmtdr_tf.evidence.smooth_grad import smooth_grad

MAPS: Mapping[str, Callable[..., Any]] = types.MappingProxyType(
    {
        "gmsv": gmsv,
        "grad_cam": grad_cam,
        "guided_backprop": guided_backprop,
        "smooth_grad": smooth_grad,
    }
)

__all__ = [
    "MAPS",
    "Grader",
    "gmsv",
    "grad_cam",
    "guided_backprop",
    "smooth_grad",
]
