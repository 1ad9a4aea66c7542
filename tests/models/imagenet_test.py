import numpy as np
import pytest
import tensorflow as tf
from safetensors.numpy import save_file

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models import imagenet
from dmtdr_tf.models.grading import GradingNetwork


@pytest.fixture(scope="module")
def arrays():
    """A ResNet-18 with random weights, under torchvision's names."""
    rng = np.random.default_rng(3)
    made = {}
    for name, shape in imagenet.shapes().items():
        if len(shape) == 4:
            deviation = np.sqrt(2 / np.prod(shape[1:]))
            made[name] = deviation * rng.normal(size=shape)
        elif name.endswith("running_var"):
            made[name] = rng.uniform(0.01, 2, shape)
        else:
            made[name] = rng.uniform(0.5, 1, shape)
    return {k: v.astype("float32") for k, v in made.items()}


@pytest.fixture(scope="module")
def grader():
    return GradingNetwork(units=8)


class ResNet18:
    """Written after the paper, in the layout of the file; explicit padding."""

    def __init__(self, arrays):
        self.arrays = arrays

    def conv(self, x, name, stride, fill=None):
        kernel = self.arrays[f"{name}.weight"].transpose(2, 3, 1, 0)
        pad = kernel.shape[0] // 2
        if fill is None:
            x = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
        else:
            n, height, width, _ = x.shape
            wide = np.broadcast_to(
                fill, (n, height + 2 * pad, width + 2 * pad, 3)
            ).copy()
            wide[:, pad:-pad, pad:-pad] = x
            x = wide
        return tf.nn.conv2d(x, kernel, stride, "VALID").numpy()

    def norm(self, x, name):
        scale, shift, mean, variance = (
            self.arrays[f"{name}.{part}"]
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        return (x - mean) / np.sqrt(variance + 1e-5) * scale + shift

    def __call__(self, photograph):
        black = (0.0 - imagenet.MEAN) / imagenet.STD
        x = (photograph - imagenet.MEAN) / imagenet.STD
        x = self.norm(self.conv(x, "conv1", 2, black), "bn1")
        maps = [np.maximum(x, 0)]
        x = np.pad(maps[0], ((0, 0), (1, 1), (1, 1), (0, 0)))
        x = tf.nn.max_pool2d(x, 3, 2, "VALID").numpy()
        for stage in range(1, 5):
            for block in (0, 1):
                stride = 2 if stage > 1 and block == 0 else 1
                x = self.block(x, f"layer{stage}.{block}", stride)
            maps.append(x)
        return maps

    def block(self, x, name, stride):
        y = self.norm(self.conv(x, f"{name}.conv1", stride), f"{name}.bn1")
        y = self.conv(np.maximum(y, 0), f"{name}.conv2", 1)
        y = self.norm(y, f"{name}.bn2")
        if stride == 2:
            x = self.conv(x, f"{name}.downsample.0", 2)
            x = self.norm(x, f"{name}.downsample.1")
        return np.maximum(x + y, 0)


def test_backbone_gives_resnet_18_s_features(arrays, grader):
    imagenet.assign_imagenet_weights(grader, arrays)
    rng = np.random.default_rng(0)
    # 32 n + 1: odd at every level, where both libraries pad alike.
    photograph = rng.uniform(size=(1, 65, 65, 3)).astype("float32")
    # Lesion maps do not count yet.
    lesions = rng.uniform(size=(1, 65, 65, 4)).astype("float32")
    made = grader.backbone([photograph, lesions], training=False)
    for ours, theirs in zip(made, ResNet18(arrays)(photograph), strict=True):
        assert theirs.std() > 0.1
        np.testing.assert_allclose(
            ours, theirs, rtol=1e-3, atol=1e-4 * theirs.max()
        )


def test_file_is_read_back(arrays, tmp_path):
    path = tmp_path / "resnet18.safetensors"
    save_file({**arrays, "fc.bias": np.zeros(1000, "float32")}, path)
    read = imagenet.read_imagenet_weights(str(path))
    np.testing.assert_array_equal(read["bn1.bias"], arrays["bn1.bias"])


def test_missing_and_damaged_files_are_named(tmp_path):
    path = tmp_path / "w.safetensors"
    with pytest.raises(UserError, match=r"w\.safetensors: not readable"):
        imagenet.read_imagenet_weights(str(path))
    path.write_bytes(b"no weights at all")
    with pytest.raises(UserError, match=r"w\.safetensors: not readable"):
        imagenet.read_imagenet_weights(str(path))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bn1.bias": None}, r"w\.safetensors: .* bn1\.bias is missing"),
        ({"bn1.bias": np.zeros(32)}, r"bn1\.bias is \(32,\), not \(64,\)"),
    ],
)
def test_another_network_is_refused(arrays, tmp_path, change, message):
    path = tmp_path / "w.safetensors"
    changed = {k: v for k, v in {**arrays, **change}.items() if v is not None}
    save_file(changed, path)
    with pytest.raises(UserError, match=message):
        imagenet.read_imagenet_weights(str(path))
