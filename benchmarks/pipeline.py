"""Times the data pipeline and the training step it feeds."""

import argparse
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import time
from typing import Any


def rate(dataset: Any, count: int) -> float:
    """Returns the elements a data set yields per second, once it is warm.

    Args:
        dataset: The data set to read.
        count: How many elements to count.
    """
    elements = iter(dataset)
    # Starts the threads and fills the buffers, which must not count.
    for _ in range(max(4, count // 4)):
        next(elements)
    start = time.perf_counter()
    for _ in range(count):
        next(elements)
    return count / (time.perf_counter() - start)


def _cheap_maps(photograph: Any) -> Any:
    """Lesion maps at no cost: the segmenter's time belongs to the model."""
    import tensorflow as tf

    return tf.concat([photograph, photograph[..., :1]], -1)


def measure(config: Any, phase: Any, batches: int) -> dict[str, float]:
    """Measures one phase's pipeline.

    Args:
        config: Preset and data set.
        phase: The phase.
        batches: Batches to count.

    Returns:
        Photographs or crops per second: read, read and decoded, and as batches
        from memory and from records.
    """
    from dmtdr_tf.data import pipeline, records

    settings, keep = phase.settings(config), phase.keep
    maps = None if phase.restores else _cheap_maps
    size = settings.batch_size
    photographs = batches * size
    parts = records.read_samples(records.builders(config), "train", keep)
    samples = next(part.samples.repeat() for part in parts if part)
    decoded = samples.map(records.decode, num_parallel_calls=-1)
    rates = {
        "read": rate(samples, photographs),
        "decoded": rate(decoded, photographs),
    }
    for label, gigabytes in (("memory", 8.0), ("records", 0.0)):
        data = dataclasses.replace(config.data, cache_gigabytes=gigabytes)
        training = pipeline.training_data(
            dataclasses.replace(config, data=data),
            # More than are read.
            dataclasses.replace(settings, epochs=20),
            keep,
            lesion_maps=maps,
        )
        # The first epoch's shuffle fills the memory.
        filled = -(-training.photographs // size) if training.cached else 0
        rates[label] = rate(training.batches.skip(filled), batches) * size
    return rates


def step_seconds(preset: str, policy: str, name: str) -> float:
    """Times a training step in a process of its own."""
    script = pathlib.Path(__file__).with_name("train_step.py")
    command = [sys.executable, str(script), "--one", preset, policy, name]
    process = subprocess.run(
        command, capture_output=True, text=True, check=True
    )
    return json.loads(process.stdout.splitlines()[-1])["seconds_per_step"]


def main() -> None:
    """Prints a row for each preset and phase."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presets", nargs="+", default=["small", "base"])
    parser.add_argument("--dataset", default="idrid")
    parser.add_argument("--data_dir", default="")
    parser.add_argument("--manual_dir", default="")
    parser.add_argument("--policy", default="mixed_bfloat16")
    parser.add_argument("--batches", type=int, default=40)
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

    from dmtdr_tf.config import presets
    from dmtdr_tf.config.data_source import with_data
    from dmtdr_tf.config.phases import PHASES

    print("photographs (restoration: crops) per second, and the step's")
    columns = ("read", "decoded", "memory", "records", "step", "ratio")
    print(f"{'preset':8}{'phase':13}", *(f"{c:>9}" for c in columns), sep="")
    for preset in options.presets:
        config = with_data(
            presets.preset(preset),
            options.dataset,
            options.data_dir,
            options.manual_dir,
        )
        for phase in PHASES.values():
            rates = measure(config, phase, options.batches)
            seconds = step_seconds(preset, options.policy, phase.name)
            step = phase.settings(config).batch_size / seconds
            slowest = min(rates["memory"], rates["records"])
            row = (*rates.values(), step, slowest / step)
            print(
                f"{preset:8}{phase.name:13}",
                *(f"{value:9.1f}" for value in row),
                sep="",
                flush=True,
            )


if __name__ == "__main__":
    main()
