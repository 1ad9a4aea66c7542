"""Devices, replicas and precision of a training run."""

import pathlib

import keras
import tensorflow as tf

from dmtdr_tf.config import RunConfig
from dmtdr_tf.files.errors import UserError

__all__ = ["make_strategy", "set_precision"]


def make_strategy(run: RunConfig) -> tf.distribute.Strategy:
    """Returns the distribution strategy of a run.

    Args:
        run: Gives `strategy` and `replicas`.

    Returns:
        `MirroredStrategy` over GPUs, or over `replicas` logical CPUs; the
        default strategy if there is only one device.

    Raises:
        UserError: Logical CPUs were requested after TensorFlow had started.

    Example:
    >>> make_strategy(RunConfig(strategy="one")).num_replicas_in_sync
    1
    """
    if run.strategy == "one" and run.replicas < 2:
        return tf.distribute.get_strategy()
    if run.replicas > 1:
        return tf.distribute.MirroredStrategy(_logical_cpus(run.replicas))
    gpus = tf.config.list_logical_devices("GPU")
    if run.strategy == "mirrored" or len(gpus) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def _logical_cpus(count: int) -> list[str]:
    """Splits the first CPU into `count` devices, unless it is split already."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    devices = [tf.config.LogicalDeviceConfiguration()] * count
    try:
        tf.config.set_logical_device_configuration(cpu, devices)
    except RuntimeError:
        available = len(tf.config.list_logical_devices("CPU"))
        if available < count:
            raise UserError(
                f"cannot create {count} logical CPUs, because TensorFlow has "
                f"already started with {available}",
                argument="run.replicas",
            ) from None
    return [f"CPU:{i}" for i in range(count)]


def set_precision(run: RunConfig) -> str:
    """Sets the dtype policy of Keras.

    Args:
        run: Gives `precision`; `"auto"` means `mixed_bfloat16` if the
            processor or GPU computes in bfloat16, and `float32` otherwise.

    Returns:
        The name of the policy.
    """
    policy: str = run.precision
    if policy == "auto":
        policy = "mixed_bfloat16" if _computes_bfloat16() else "float32"
    keras.config.set_dtype_policy(policy)
    return policy


def _computes_bfloat16() -> bool:
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        details = tf.config.experimental.get_device_details(gpus[0])
        return details.get("compute_capability", (0, 0)) >= (8, 0)
    flags = pathlib.Path("/proc/cpuinfo")
    return flags.exists() and "avx512_bf16" in flags.read_text()
