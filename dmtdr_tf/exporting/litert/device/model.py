"""The subnets in a form that a device can compute, and computes fast."""

import dataclasses
from typing import Any

import keras

from dmtdr_tf.evidence.grader import Grader
from dmtdr_tf.exporting.litert.device.convolution import DeviceConvolution
from dmtdr_tf.exporting.litert.device.folded_convolution import LANES
from dmtdr_tf.exporting.litert.device.grader import DeviceGrader
from dmtdr_tf.exporting.litert.device.multi_scale_residual import (
    DeviceMultiScaleResidual,
)
from dmtdr_tf.exporting.litert.device.upsampling import DeviceUpsampling
from dmtdr_tf.layers.multi_scale_residual import MultiScaleResidual
from dmtdr_tf.models.deepmt_dr import DeepMTDR

__all__ = ["DeviceModel"]


@dataclasses.dataclass
class DeviceModel:
    """The three subnets of a model in another form that gives the same values.

    Pass it to `DeepMTDR.explain` as `subnets`. It works at inference only,
    on photographs of one static size.

    Args:
        super_resolver: As the model's.
        segmenter: As the model's.
        grader: The model's, with gradients that a device can compute.

    Example:
    ```python
    outputs = model.explain(low_res, DeviceModel.of(model))
    ```
    """

    super_resolver: Any
    segmenter: Any
    grader: Grader

    @classmethod
    def of(cls, model: DeepMTDR) -> "DeviceModel":
        """Converts a model to the form that a device can run.

        Args:
            model: A trained model. Layers that take another form copy its
                weights; the other layers share them.
        """
        return cls(
            _for_device(model.super_resolver),
            _for_device(model.segmenter),
            DeviceGrader.of(model.grader),
        )


def _for_device(subnet: keras.Model) -> keras.Model:
    return keras.models.clone_model(subnet, clone_function=_device_layer)


def _device_layer(layer: Any) -> Any:
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
