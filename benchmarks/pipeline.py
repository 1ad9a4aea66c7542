"""Times the data pipeline beside the training step that it feeds."""

import argparse
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import time


def rate(dataset, count):
    """Returns how many elements a second come out, after the first ones.

    Args:
        dataset: What to read.
        count: How many to count.
    """
    elements = iter(dataset)
    # Starts the threads and fills the buffers, which would be counted else.
    for _ in range(max(4, count // 4)):
        next(elements)
    start = time.perf_counter()
    for _ in range(count):
        next(elements)
    return count / (time.perf_counter() - start)


def _stand_in(photograph):
    """Lesion maps that cost nothing: the segmenter's time is the model's."""
    import tensorflow as tf

    return tf.concat([photograph, photograph[..., :1]], -1)


def measure(config, phase, batches):
    """Measures one phase's pipeline.

    Args:
        config: Preset and data set.
        phase: The phase.
        batches: Batches to count.

    Returns:
        Photographs or crops a second: read, decoded too, and as batches from
        memory and from records.
    """
    from dmtdr_tf.data import pipeline, records

    settings, keep = phase.settings(config), phase.keep
    maps = None if phase.restores else _stand_in
    size = settings.batch_size
    photographs = batches * size
    found_parts = records.read_samples(records.builders(config), "train", keep)
    samples = next(part.samples.repeat() for part in found_parts if part)
    decoded = samples.map(records.decode, num_parallel_calls=-1)
    found = {
        "read": rate(samples, photographs),
        "decoded": rate(decoded, photographs),
    }
    for label, gigabytes in (("memory", 8.0), ("records", 0.0)):
        data = dataclasses.replace(config.data, cache_gigabytes=gigabytes)
        made = pipeline.training_data(
            dataclasses.replace(config, data=data),
            # More than are read.
            dataclasses.replace(settings, epochs=20),
            keep,
            lesion_maps=maps,
        )
        # The first epoch's shuffle fills the memory.
        filled = -(-made.photographs // size) if made.cached else 0
        found[label] = rate(made.batches.skip(filled), batches) * size
    return found


def step_seconds(preset, policy, name):
    """Times a training step in a process of its own."""
    script = pathlib.Path(__file__).with_name("train_step.py")
    command = [sys.executable, str(script), "--one", preset, policy, name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])["seconds_per_step"]


def main():
    """Prints a row per preset and phase."""
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
    from dmtdr_tf.config.phases import PHASES

    print("photographs (restoration: crops) a second, and the step's")
    columns = ("read", "decoded", "memory", "records", "step", "ratio")
    print(f"{'preset':8}{'phase':13}", *(f"{c:>9}" for c in columns), sep="")
    for preset in options.presets:
        config = presets.preset(preset)
        run = dataclasses.replace(
            config.run,
            dataset=options.dataset,
            data_dir=options.data_dir,
            manual_dir=options.manual_dir,
        )
        config = dataclasses.replace(config, run=run)
        for phase in PHASES.values():
            found = measure(config, phase, options.batches)
            seconds = step_seconds(preset, options.policy, phase.name)
            step = phase.settings(config).batch_size / seconds
            slowest = min(found["memory"], found["records"])
            row = (*found.values(), step, slowest / step)
            print(
                f"{preset:8}{phase.name:13}",
                *(f"{value:9.1f}" for value in row),
                sep="",
                flush=True,
            )


if __name__ == "__main__":
    main()
