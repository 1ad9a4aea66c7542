"""The subnets in a form that a device can compute, and computes fast."""

import dataclasses
from typing import Any

import keras

from dmtdr_tf.evidence.grader import Grader
from dmtdr_tf.exporting.litert.device_grader import DeviceGrader
from dmtdr_tf.exporting.litert.device_layers import (
    DeviceConvolution,
    DeviceMultiScaleResidual,
    DeviceUpsampling,
)
from dmtdr_tf.exporting.litert.folded_convolution import LANES
from dmtdr_tf.layers.multi_scale_residual import MultiScaleResidual
from dmtdr_tf.models.deepmt_dr import DeepMTDR


@dataclasses.dataclass
class DeviceModel:
    """The three subnets of a model in another form, of the same values.

    `Subnets` for `DeepMTDR.explain`, at inference and for photographs of one
    static size.

    Args:
        super_resolver: As the model's.
        segmenter: As the model's.
        grader: With gradients that a device can compute.

    Example:
    >>> outputs = model.explain(low_res, DeviceModel.of(model))
    """

    super_resolver: Any
    segmenter: Any
    grader: Grader

    @classmethod
    def of(cls, model: DeepMTDR) -> "DeviceModel":
        """Makes the form of a model that a device can run.

        Args:
            model: A trained model. The weights of what is in another form are
                copied, those of other layers shared.
        """
        return cls(
            _for_device(model.super_resolver),
            _for_device(model.segmenter),
            DeviceGrader.of(model.grader),
        )


def _for_device(subnet):
    return keras.models.clone_model(subnet, clone_function=_device_layer)


def _device_layer(layer):
    if isinstance(layer, MultiScaleResidual):
        return DeviceMultiScaleResidual(layer)
    if (
        isinstance(layer, keras.layers.Conv2DTranspose)
        and layer.kernel_size == layer.strides
    ):
        return DeviceUpsampling(layer)
    if (
        isinstance(layer, keras.layers.Conv2D)
        and max(layer.kernel_size) > 1
        and 2 * layer.filters <= LANES
    ):
        return DeviceConvolution(layer)
    return layer
