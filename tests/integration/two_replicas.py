"""Prints how far two replicas' weights are from one's, for every phase."""

import json
import sys

import keras
import numpy as np
import tensorflow as tf

from dmtdr_tf.config import LossConfig, ModelConfig, RunConfig
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.training.distribution import make_strategy

MODEL = ModelConfig(
    super_resolution_width=4,
    super_resolution_blocks=1,
    segmentation_width=2,
    grading_width=2,
    grading_units=8,
    dropout=0.0,
)


def batches(steps):
    """Global batches of two photographs, labels known in part."""
    rng = np.random.default_rng(0)
    for step in range(steps):
        high_res = rng.uniform(size=(2, 64, 64, 3)).astype("float32")
        yield {
            "low_res": high_res[:, ::4, ::4],
            "high_res": high_res,
            "lesions": (rng.uniform(size=(2, 64, 64, 4)) > 0.8).astype(
                "float32"
            ),
            "has_lesions": np.array([1, step % 2], "float32"),
            "grade": np.array([2, 3 if step % 2 else -1], "int32"),
            "has_grade": np.array([1, step % 2], "float32"),
        }


def train(strategy, phase, accumulation, routing):
    """Trains a few steps from the same weights; returns them, flat."""
    keras.utils.set_random_seed(0)
    with strategy.scope():
        model = DeepMTDR(MODEL)
        if phase == "joint":  # as stage 2 does with a photograph a replica
            model.freeze(["batch_norm"])
        losses = LossConfig(routing=routing)
        model.compile(keras.optimizers.SGD(0.01), losses, phase, accumulation)
    data = tf.data.Dataset.from_generator(
        lambda: batches(4),
        output_signature={
            name: tf.TensorSpec((None, *value.shape[1:]), value.dtype)
            for name, value in next(iter(batches(1))).items()
        },
    )
    # The generator gives whole batches; fit splits them among the replicas.
    history = model.fit(data.unbatch().batch(2), verbose=0).history
    return [np.array(v).ravel() for v in model.weights], history


def main():
    """Compares one device with two replicas."""
    two = make_strategy(RunConfig(strategy="mirrored", replicas=2))
    with tf.device("CPU:0"):
        one = tf.distribute.get_strategy()
    found = {}
    # Between them every loss, both routings, and accumulation.
    for phase, accumulation, routing in (
        ("restoration", 1, "joint"),
        ("grading", 2, "subnet"),
        ("joint", 1, "subnet"),
    ):
        wanted, logs = train(one, phase, accumulation, routing)
        made, replica_logs = train(two, phase, accumulation, routing)
        name = f"{phase} {accumulation} {routing}"
        found[name] = {
            "weights": max(
                float(np.abs(a - b).max())
                for a, b in zip(wanted, made, strict=True)
            ),
            "losses": max(
                abs(logs[k][0] - replica_logs[k][0])
                / max(abs(logs[k][0]), 1e-3)
                for k in logs
            ),
        }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
