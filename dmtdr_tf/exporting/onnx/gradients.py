"""Converts to ONNX the gradients of GMSV that tf2onnx lacks."""

import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

__all__ = [
    "GRADIENTS",
    "max_pool_gradient",
    "relu_gradient",
    "strided_slice_gradient",
]

# tf2onnx's graph and node, whose package is an extra.
Graph = Any
Node = Any


def relu_gradient(ctx: Graph, node: Node, name: str, args: Any) -> None:
    """Writes TensorFlow's `ReluGrad`: the gradient where the input is above 0.

    Args:
        ctx: The graph that tf2onnx builds.
        node: Its inputs are the gradient and the rectified map (or the map
            before it).
        name: The node's name.
        args: Not used.
    """
    gradient, feature = node.input
    zero = ctx.make_const(f"{name}_zero", np.zeros((), np.float32)).output[0]
    active = ctx.make_node("Greater", [feature, zero]).output[0]
    _replace(ctx, node, "Where", [active, gradient, zero])


def strided_slice_gradient(
    ctx: Graph, node: Node, name: str, args: Any
) -> None:
    """Writes `StridedSliceGrad`: the gradient, with zeros around and between.

    Args:
        ctx: The graph that tf2onnx builds.
        node: Its inputs are the shape that was sliced, begin, end and
            strides, all constants, and the gradient.
        name: The node's name.
        args: Not used.

    Raises:
        ValueError: The slice inserts or drops axes, or runs backwards; or
            shapes are not static. tf2onnx then leaves the node as it is.
    """
    shape, slices = _slices(ctx, node)
    flow, sides = node.input[4], [len(indices) for indices in slices]
    steps = [indices.step for indices in slices]
    if min(steps) < 1:
        raise ValueError(f"{name}: a slice that runs backwards")
    if max(steps) > 1:
        # Zeros between the values: [n] -> [n, 1] -> [n, step] -> [n * step].
        apart = [
            side for pair in zip(sides, [1] * 4, strict=True) for side in pair
        ]
        widths = [0, 0] * 4 + [w for step in steps for w in (0, step - 1)]
        flow = _reshape(ctx, flow, apart)
        flow = _pad(ctx, flow, widths)
        sides = [side * step for side, step in zip(sides, steps, strict=True)]
        flow = _reshape(ctx, flow, sides)
    before = [indices.start for indices in slices]
    # Negative where the zeros after the last value reach over the edge.
    after = [
        whole - start - side
        for whole, start, side in zip(shape, before, sides, strict=True)
    ]
    _replace(ctx, node, "Pad", [flow, _integers(ctx, [*before, *after])])


def max_pool_gradient(ctx: Graph, node: Node, name: str, args: Any) -> None:
    """Writes `MaxPoolGrad`: each window's gradient goes to its maximum.

    Args:
        ctx: The graph that tf2onnx builds.
        node: Its inputs, each `[B, H, W, C]`, are the pooled map, the result
            and its gradient.
        name: The node's name.
        args: Not used.

    Raises:
        ValueError: Shapes are not static. tf2onnx then leaves the node.
    """
    batch, height, width, channels = _static(ctx, node.input[0], node)
    pooled = _static(ctx, node.input[1], node)
    kernel = node.get_attr_value("ksize")[1:3]
    strides = node.get_attr_value("strides")[1:3]
    over = [
        max(0, (out - 1) * step + size - side)
        for out, step, size, side in zip(
            pooled[1:3], strides, kernel, (height, width), strict=True
        )
    ]
    pads = [n // 2 for n in over] + [n - n // 2 for n in over]
    first = _transpose(ctx, node.input[0], [0, 3, 1, 2])
    # ONNX's indices count through the whole array, without padding.
    pool = ctx.make_node(
        "MaxPool",
        [first],
        {"kernel_shape": kernel, "strides": strides, "pads": pads},
        output_count=2,
    )
    flow = _transpose(ctx, node.input[2], [0, 3, 1, 2])
    zeros = ctx.make_node(
        "ConstantOfShape",
        [_integers(ctx, [batch * channels * height * width])],
    ).output[0]
    # Windows overlap: two may have the same maximum, so gradients add up.
    scattered = ctx.make_node(
        "ScatterElements",
        [zeros, _reshape(ctx, pool.output[1], [-1]), _reshape(ctx, flow, [-1])],
        {"axis": 0, "reduction": "add"},
    ).output[0]
    whole = _reshape(ctx, scattered, [batch, channels, height, width])
    _replace(ctx, node, "Transpose", [whole], {"perm": [0, 2, 3, 1]})


# In the form that tf2onnx's `custom_op_handlers` takes.
GRADIENTS: Mapping[str, tuple[Callable[..., None], list]] = (
    types.MappingProxyType(
        {
            "ReluGrad": (relu_gradient, []),
            "StridedSliceGrad": (strided_slice_gradient, []),
            "MaxPoolGrad": (max_pool_gradient, []),
        }
    )
)


def _slices(ctx: Graph, node: Node) -> tuple[list[int], list[range]]:
    """The shape that was sliced, and the indices taken along each axis."""
    for mask in ("ellipsis_mask", "new_axis_mask", "shrink_axis_mask"):
        if node.get_attr_value(mask, 0):
            raise ValueError(f"{node.name}: {mask} is not converted")
    shape, begin, end, strides = (
        node.inputs[i].get_tensor_value() for i in range(4)
    )
    masks = [
        node.get_attr_value(f"{side}_mask", 0) for side in ("begin", "end")
    ]
    slices = []
    for axis, whole in enumerate(shape):
        start = None if masks[0] >> axis & 1 else begin[axis]
        stop = None if masks[1] >> axis & 1 else end[axis]
        taken = slice(start, stop, strides[axis])
        slices.append(range(*taken.indices(whole)))
    return shape, slices


def _static(ctx: Graph, tensor: str, node: Node) -> list[int]:
    shape = ctx.get_shape(tensor)
    if shape is None or min(shape) < 1:
        raise ValueError(f"{node.name}: its shape {shape} is not static")
    return shape


def _integers(ctx: Graph, values: Sequence[int]) -> str:
    from tf2onnx import utils

    name = utils.make_name("integers")
    return ctx.make_const(name, np.array(values, np.int64)).output[0]


def _reshape(ctx: Graph, tensor: str, shape: Sequence[int]) -> str:
    return ctx.make_node("Reshape", [tensor, _integers(ctx, shape)]).output[0]


def _pad(ctx: Graph, tensor: str, widths: Sequence[int]) -> str:
    return ctx.make_node("Pad", [tensor, _integers(ctx, widths)]).output[0]


def _transpose(ctx: Graph, tensor: str, order: Sequence[int]) -> str:
    attributes = {"perm": list(order)}
    return ctx.make_node("Transpose", [tensor], attributes).output[0]


def _replace(
    ctx: Graph,
    node: Node,
    kind: str,
    inputs: Sequence[str],
    attributes: Mapping[str, Any] | None = None,
) -> None:
    """Replaces a node by one of another kind."""
    shape = ctx.get_shape(node.output[0])
    dtype = ctx.get_dtype(node.output[0])
    ctx.remove_node(node.name)
    ctx.make_node(
        kind,
        list(inputs),
        dict(attributes or {}),
        outputs=node.output,
        name=node.name,
        shapes=[shape],
        dtypes=[dtype],
    )
