"""Times training steps and a prediction, and compares with the CPU's peak."""

import argparse
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from dmtdr_tf.config.phases import PHASES

PRESETS = ("small", "base")
POLICIES = ("float32", "mixed_bfloat16")
# Label to what is timed: a phase's step, or a prediction.
STEPS = {
    **{f"{p.stage} {p.name}": name for name, p in PHASES.items()},
    "prediction": "prediction",
}


def seconds(function: Callable[[], Any], repeats: int) -> float:
    """Returns the median seconds of a call, after two that do not count."""
    times = []
    for _ in range(2 + repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times[2:])


def convolution_ceiling(policy: str, repeats: int) -> float:
    """Measures the CPU's best rate on a convolution, in GFLOP/s.

    It is the best of 3x3 convolutions that range from a photograph's size and
    few channels to few pixels and many channels.
    """
    import tensorflow as tf

    dtype = tf.float32 if policy == "float32" else tf.bfloat16
    best = 0.0
    for side in (256, 128, 64, 32):
        for channels in (32, 64, 128, 256, 512):
            if side * channels > 16_384:
                continue
            x = tf.cast(tf.random.normal((4, side, side, channels)), dtype)
            shape = (3, 3, channels, channels)
            kernel = tf.cast(tf.random.normal(shape), dtype)
            run = tf.function(
                lambda x=x, kernel=kernel: tf.nn.conv2d(x, kernel, 1, "SAME")
            )
            flops = 2 * 4 * side**2 * channels**2 * 9
            best = max(best, flops / seconds(run, repeats) / 1e9)
    return best


def needed_operations(graph: Any) -> set[Any]:
    """Returns the operations that a traced function's results come from.

    The runtime skips the others, such as gradients that nothing reads.
    """
    needed = {output.op for output in graph.outputs}
    needed |= set(graph.control_outputs)
    waiting = list(needed)
    while waiting:
        op = waiting.pop()
        sources = {t.op for t in op.inputs} | set(op.control_inputs)
        waiting += sources - needed
        needed |= sources
    return needed


def count_flops(function: Any) -> int:
    """Counts the floating-point operations of a traced step's convolutions.

    The forward pass and both gradients count, each with twice the product of
    the output positions, the kernel's positions, and its input and output
    channels.
    """
    total = 0
    for op in needed_operations(function.get_concrete_function().graph):
        if op.type == "Conv2D":
            large, kernel = op.outputs[0], op.inputs[1]
        elif op.type == "Conv2DBackpropInput":
            large, kernel = op.inputs[2], op.inputs[1]
        elif op.type == "Conv2DBackpropFilter":
            large, kernel = op.inputs[2], op.outputs[0]
        else:
            continue
        positions = math.prod(large.shape[:3])
        total += 2 * positions * math.prod(kernel.shape)
    return total


def random_batch(config: Any, phase: Any) -> dict[str, Any]:
    """Returns a random batch of the size that a phase trains on."""
    import tensorflow as tf

    side = phase.crop_size or config.data.high_res_size
    side = min(side, config.data.high_res_size)
    count = phase.batch_size
    high_res = tf.random.uniform((count, side, side, 3))
    lesions = tf.random.uniform((count, side, side, 4)) > 0.99
    scale = config.model.scale
    return {
        "low_res": high_res[:, ::scale, ::scale],
        "high_res": high_res,
        "lesions": tf.cast(lesions, tf.float32),
        "has_lesions": tf.ones(count),
        "grade": tf.ones(count, tf.int32),
        "has_grade": tf.ones(count),
    }


def measure(
    preset: str, policy: str, name: str, repeats: int
) -> dict[str, float]:
    """Measures one training step, or one prediction, in this process.

    Args:
        preset: Name of the preset.
        policy: Keras dtype policy.
        name: Name of the phase, or `"prediction"`: all four outputs of one
            photograph.
        repeats: Steps to time.

    Returns:
        Seconds per step, seconds per high-resolution photograph, peak memory
        in GB, GFLOP/s, and the share of the convolution ceiling.
    """
    import keras
    import tensorflow as tf

    from dmtdr_tf.config import presets
    from dmtdr_tf.models.deepmt_dr import DeepMTDR
    from dmtdr_tf.training.phase_model import freeze

    config = presets.preset(preset)
    keras.config.set_dtype_policy(policy)
    model = DeepMTDR(config.model)
    if name == "prediction":
        side = config.low_res_size
        low_res = tf.random.uniform((1, side, side, 3))
        step, photographs = tf.function(lambda: model.explain(low_res)), 1
    else:
        (phase,) = (p for p in PHASES.values() if p.name == name)
        freeze(model, phase.settings(config))
        model.compile(
            keras.optimizers.AdamW(), phase.losses(config), phase.name
        )
        batch = random_batch(config, phase.settings(config))
        if phase.starts_grading:
            batch["lesion_maps"] = batch["lesions"]
        step = tf.function(lambda: model.train_step(batch))
        pixels = batch["high_res"].shape[0] * batch["high_res"].shape[1] ** 2
        photographs = pixels / config.data.high_res_size**2
    step_seconds = seconds(step, repeats)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    rate = count_flops(step) / step_seconds / 1e9
    ceiling = convolution_ceiling(policy, repeats)
    return {
        "seconds_per_step": step_seconds,
        "seconds_per_photograph": step_seconds / photographs,
        "peak_gigabytes": peak,
        "gigaflops": rate,
        "share_of_ceiling": rate / ceiling,
    }


def main() -> None:
    """Prints a row for each preset, stage and precision."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presets", nargs="+", default=PRESETS)
    parser.add_argument("--policies", nargs="+", default=POLICIES)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if options.one:
        preset, policy, phase = options.one
        print(json.dumps(measure(preset, policy, phase, options.repeats)))
        return
    print(
        "preset  step           precision       s/photograph  peak GB  ceiling"
    )
    for preset in options.presets:
        for label, phase in STEPS.items():
            for policy in options.policies:
                # One process each, because peak memory is the process's.
                command = [sys.executable, __file__, "--one"]
                command += [preset, policy, phase]
                command += ["--repeats", str(options.repeats)]
                process = subprocess.run(
                    command, capture_output=True, text=True, check=True
                )
                row = json.loads(process.stdout.splitlines()[-1])
                print(
                    f"{preset:8}{label:15}{policy:16}"
                    f"{row['seconds_per_photograph']:12.2f}"
                    f"{row['peak_gigabytes']:9.1f}"
                    f"{100 * row['share_of_ceiling']:8.0f} %",
                    flush=True,
                )


if __name__ == "__main__":
    main()
