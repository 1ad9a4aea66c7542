"""ImageNet weights of ResNet-18 for the grader, from a local file."""

from collections.abc import Mapping

import numpy as np

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import LESIONS
from dmtdr_tf.models.grading import GradingNetwork

__all__ = [
    "MEAN",
    "STD",
    "assign_imagenet_weights",
    "read_imagenet_weights",
    "shapes",
]

# What torchvision's and timm's ResNet-18 are trained with.
MEAN = np.array([0.485, 0.456, 0.406], "float32")
STD = np.array([0.229, 0.224, 0.225], "float32")
_EPSILON = 1e-5

Arrays = Mapping[str, np.ndarray]


def read_imagenet_weights(path: str) -> dict[str, np.ndarray]:
    """Reads a ResNet-18 from a `.safetensors` file.

    Args:
        path: A file with the names that torchvision and timm share:
            `conv1.weight`, `layer1.0.bn1.running_mean` and so on. Others
            (the classifier) are ignored.

    Returns:
        Name to array, float32.

    Raises:
        UserError: The package `safetensors` is missing, the file cannot be
            read, or an array of ResNet-18 is missing or of another shape.
    """
    try:
        import safetensors
        from safetensors.numpy import load_file
    except ImportError:
        raise UserError(
            "ImageNet weights need the package safetensors: "
            "pip install '.[imagenet]'"
        ) from None
    try:
        arrays = load_file(path)
    except (OSError, safetensors.SafetensorError) as error:
        raise UserError(f"{path}: not readable weights ({error})") from None
    _check(arrays, path)
    return {k: np.asarray(v, "float32") for k, v in arrays.items()}


def assign_imagenet_weights(grader: GradingNetwork, arrays: Arrays) -> None:
    """Starts the grader's backbone from ImageNet weights.

    The kernels of the colors are copied and those of the lesion maps are zero,
    so that at first the backbone sees a photograph as ResNet-18 does. The
    normalization by ImageNet's mean and deviation is folded into the stem,
    and the difference between the two libraries' batch-norm epsilon into the
    scales.
    Two differences stay: at the border the stem sees black in place of
    ImageNet's mean color, and on even sizes a stride of 2 starts one pixel
    later.

    Args:
        grader: The grading network, of width 64.
        arrays: From `read_imagenet_weights`.

    Reference:
        He et al. 2016, "Deep Residual Learning for Image Recognition",
        Table 1, 18 layers.
    """
    _assign(grader, arrays, "stem", "conv1", "bn1")
    for stage in range(1, 5):
        for block in (0, 1):
            ours = f"stage_{stage}_block_{block + 1}"
            theirs = f"layer{stage}.{block}"
            for conv in (1, 2):
                _assign(
                    grader,
                    arrays,
                    f"{ours}_{conv}",
                    f"{theirs}.conv{conv}",
                    f"{theirs}.bn{conv}",
                )
            if stage > 1 and block == 0:
                down = f"{theirs}.downsample"
                _assign(
                    grader,
                    arrays,
                    f"{ours}_identity",
                    f"{down}.0",
                    f"{down}.1",
                )


def shapes() -> dict[str, tuple[int, ...]]:
    """Returns the shape of every array that a ResNet-18 backbone has."""
    arrays: dict[str, tuple[int, ...]] = {}

    def layer(
        conv: str, norm: str, filters: int, channels: int, size: int
    ) -> None:
        arrays[f"{conv}.weight"] = (filters, channels, size, size)
        for part in ("weight", "bias", "running_mean", "running_var"):
            arrays[f"{norm}.{part}"] = (filters,)

    layer("conv1", "bn1", 64, 3, 7)
    channels = 64
    for stage, filters in enumerate((64, 128, 256, 512), start=1):
        for block in (0, 1):
            name = f"layer{stage}.{block}"
            layer(f"{name}.conv1", f"{name}.bn1", filters, channels, 3)
            layer(f"{name}.conv2", f"{name}.bn2", filters, filters, 3)
            if channels != filters:
                down = f"{name}.downsample"
                layer(f"{down}.0", f"{down}.1", filters, channels, 1)
            channels = filters
    return arrays


def _check(arrays: Arrays, where: str) -> None:
    for name, shape in shapes().items():
        if name not in arrays:
            raise UserError(f"{where}: no ResNet-18: {name} is missing")
        if arrays[name].shape != shape:
            raise UserError(
                f"{where}: no ResNet-18: {name} is {arrays[name].shape}, not "
                f"{shape}"
            )


def _assign(
    grader: GradingNetwork, arrays: Arrays, ours: str, conv: str, norm: str
) -> None:
    """Copies one convolution and its batch norm."""
    kernel = arrays[f"{conv}.weight"].transpose(2, 3, 1, 0)
    mean = arrays[f"{norm}.running_mean"]
    if ours == "stem":
        kernel = kernel / STD[:, None]
        mean = mean + np.einsum("hwio,i->o", kernel, MEAN)
        height, width, _, filters = kernel.shape
        lesions = np.zeros((height, width, len(LESIONS), filters), "float32")
        kernel = np.concatenate([kernel, lesions], axis=2)
    grader.backbone.get_layer(f"{ours}_conv").kernel.assign(kernel)
    layer = grader.backbone.get_layer(f"{ours}_norm")
    variance = arrays[f"{norm}.running_var"]
    epsilons = np.sqrt((variance + layer.epsilon) / (variance + _EPSILON))
    layer.gamma.assign(arrays[f"{norm}.weight"] * epsilons)
    layer.beta.assign(arrays[f"{norm}.bias"])
    layer.moving_mean.assign(mean)
    layer.moving_variance.assign(variance)
