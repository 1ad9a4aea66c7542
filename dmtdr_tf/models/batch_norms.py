"""The batch norms of a network, to freeze them."""

from collections.abc import Iterator

import keras

from dmtdr_tf.layers.batch_norm import BatchNorm
from dmtdr_tf.layers.multi_scale_residual import MultiScaleResidual

__all__ = ["batch_norms"]


def batch_norms(network: keras.Model) -> Iterator[BatchNorm]:
    """Yields every batch norm of a network, also those inside of layers.

    Args:
        network: One of the subnets, or a model of them.

    Example:
    >>> from dmtdr_tf.models.lesion_segmentation import (
    ...     LesionSegmentationNetwork,
    ... )
    >>> len(list(batch_norms(LesionSegmentationNetwork(width=2))))
    18
    """
    for layer in network.layers:
        if isinstance(layer, BatchNorm):
            yield layer
        elif isinstance(layer, MultiScaleResidual):
            yield from (layer.inner_norm, layer.outer_norm)
        elif isinstance(layer, keras.Model):
            yield from batch_norms(layer)
