"""What a run computes on: devices, replicas and precision."""

import pathlib

import keras
import tensorflow as tf

from dmtdr_tf.config import RunConfig
from dmtdr_tf.files.errors import UserError


def make_strategy(run: RunConfig) -> tf.distribute.Strategy:
    """Returns the strategy that a run trains under.

    Args:
        run: `strategy` and `replicas` are read.

    Returns:
        `MirroredStrategy` over GPUs, or over `replicas` logical CPUs; the
        default strategy where one device is all there is.

    Raises:
        UserError: Logical CPUs were asked for after TensorFlow had started.
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
    """Splits the first CPU into `count` devices, or takes them as they are."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    wanted = [tf.config.LogicalDeviceConfiguration()] * count
    try:
        tf.config.set_logical_device_configuration(cpu, wanted)
    except RuntimeError:
        there = len(tf.config.list_logical_devices("CPU"))
        if there < count:
            raise UserError(
                f"--replicas: {count} logical CPUs cannot be made after "
                f"TensorFlow has started with {there}"
            ) from None
    return [f"CPU:{i}" for i in range(count)]


def set_precision(run: RunConfig) -> str:
    """Sets Keras's dtype policy, and says which.

    Args:
        run: `precision`; `"auto"` is `mixed_bfloat16` where the processor
            computes in bfloat16 and `float32` elsewhere.

    Returns:
        The policy's name.
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
