"""Spatial pyramid pooling: any input size to a fixed number of cells."""

from typing import Any, Literal

import keras
from keras import ops

from dmtdr_tf.files.errors import UserError

__all__ = ["SpatialPyramidPooling"]

Shape = tuple[int | None, ...]


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class SpatialPyramidPooling(keras.layers.Layer):
    """Pools a feature map over grids of 4x4, 2x2 and 1x1 cells.

    Cell `i` of `n` along a side of length `H` covers rows
    `floor(i * H / n)` to `ceil((i + 1) * H / n)`, so that any size is covered
    without gap; where `n` divides `H` the cells do not overlap.

    Args:
        bins: Cells per side of each level.
        mode: `"max"` or `"average"`.
        **kwargs: As `keras.layers.Layer`.

    Input shape:
        `[B, H, W, C]`, `H` and `W` at least 1.

    Output shape:
        `[B, sum(n * n for n in bins) * C]`: levels in the order of `bins`,
        cells row by row, channels last.

    Raises:
        UserError: `bins` is empty or has a bin below 1, or `mode` is unknown.

    Example:
    >>> x = ops.reshape(ops.arange(16.0), (1, 4, 4, 1))
    >>> ops.convert_to_numpy(SpatialPyramidPooling(bins=(2, 1))(x))
    array([[ 5.,  7., 13., 15., 15.]], dtype=float32)

    Reference:
        He et al. 2015, "Spatial Pyramid Pooling in Deep Convolutional
        Networks for Visual Recognition"; DeepMT-DR, "DR Grading Subnet".
    """

    def __init__(
        self,
        bins: tuple[int, ...] = (4, 2, 1),
        mode: Literal["max", "average"] = "max",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if not bins or any(n < 1 for n in bins):
            raise UserError(
                f"must be positive integers, not {bins}", argument="bins"
            )
        if mode not in ("max", "average"):
            raise UserError(
                f"must be 'max' or 'average', not {mode!r}", argument="mode"
            )
        self.bins = tuple(bins)
        self.mode = mode

    def call(self, inputs: Any) -> Any:
        levels = [self._level(inputs, n) for n in self.bins]
        return ops.concatenate(levels, axis=1)

    def _level(self, x: Any, n: int) -> Any:
        """Pools to `n` x `n` cells: `[B, n * n * C]`."""
        reduce = ops.max if self.mode == "max" else ops.mean
        height, width = ops.shape(x)[1], ops.shape(x)[2]
        edges = [
            [(i * side // n, -((i + 1) * -side // n)) for i in range(n)]
            for side in (height, width)
        ]
        cells = [
            reduce(self.crop(x, top, bottom, left, right), axis=(1, 2))
            for top, bottom in edges[0]
            for left, right in edges[1]
        ]
        return ops.concatenate(cells, axis=-1)

    def crop(self, x: Any, top: Any, bottom: Any, left: Any, right: Any) -> Any:
        """Cuts out a cell; a subclass may do so without slicing."""
        return x[:, top:bottom, left:right, :]

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        cells = sum(n * n for n in self.bins)
        channels = input_shape[-1]
        return (input_shape[0], channels and cells * channels)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.update(bins=self.bins, mode=self.mode)
        return config
