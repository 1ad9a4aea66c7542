"""Writes tensorflow_addons.json: what tensorflow-addons 0.23 answers.

Run it with `make reference`, in an environment of its own: tensorflow-addons
cannot be imported beside the TensorFlow that this package needs.
"""

import json
import pathlib

import numpy as np
import tensorflow as tf
import tensorflow_addons as tfa

OUTPUT = pathlib.Path(__file__).with_name("tensorflow_addons.json")

POOLING_CASES = (
    # Every bin divides both sides.
    {"shape": [2, 8, 12, 3], "bins": [4, 2, 1]},
    {"shape": [1, 6, 6, 2], "bins": [3, 1, 2]},
    # 2 divides neither side, 4 only one.
    {"shape": [1, 5, 7, 2], "bins": [2]},
    {"shape": [1, 8, 11, 1], "bins": [4]},
)
GRADES = [0, 0, 1, 2, 2, 3, 4, 4, 1, 0, 2, 3, 4, 2, 0, 1]
GUESSES = [0, 1, 1, 2, 4, 3, 4, 2, 0, 0, 2, 2, 4, 3, 0, 3]
WEIGHTS = [1, 0, 2, 1, 1, 3, 0, 1, 1, 5, 1, 1, 2, 1, 1, 2]
ADAMW = {
    "learning_rate": 0.01,
    "weight_decay": 0.004,
    "beta_1": 0.9,
    "beta_2": 0.999,
    "epsilon": 1e-7,
}
START = [[1.0, -2.0, 0.5], [3.0, 0.0, -0.25]]
STEPS = 8


def pooling(case: dict) -> dict:
    """Average pooling of `sin(0.37 i)`, `i` the flat index of the input."""
    shape = case["shape"]
    x = np.sin(0.37 * np.arange(np.prod(shape))).reshape(shape)
    layer = tfa.layers.SpatialPyramidPooling2D(case["bins"])
    return {**case, "output": layer(x.astype("float32")).numpy().tolist()}


def kappa(weightage: str | None, weights: list[int] | None) -> dict:
    """Kappa of the same grades, with and without sample weights."""
    metric = tfa.metrics.CohenKappa(5, weightage=weightage, sparse_labels=True)
    metric.update_state(
        tf.constant(GRADES),
        tf.constant(GUESSES),
        None if weights is None else tf.constant(weights, tf.float32),
    )
    return {
        "weights": weightage,
        "sample_weight": weights,
        "kappa": float(metric.result()),
    }


def adamw() -> dict:
    """A variable after each step; gradient `cos(step + i)`, `i` flat."""
    optimizer = tfa.optimizers.AdamW(**ADAMW)
    variable = tf.Variable(START)
    path = []
    for step in range(STEPS):
        gradient = np.cos(step + np.arange(6.0)).reshape(2, 3)
        optimizer.apply_gradients(
            [(tf.constant(gradient, tf.float32), variable)]
        )
        path.append(variable.numpy().tolist())
    return {**ADAMW, "start": START, "path": path}


def main() -> None:
    """Writes every reference value."""
    values = {
        "tensorflow_addons": tfa.__version__,
        "tensorflow": tf.__version__,
        "pooling": [pooling(case) for case in POOLING_CASES],
        "kappa": {
            "true": GRADES,
            "predicted": GUESSES,
            "cases": [
                kappa(weightage, weights)
                for weightage in (None, "linear", "quadratic")
                for weights in (None, WEIGHTS)
            ],
        },
        "adamw": adamw(),
    }
    OUTPUT.write_text(json.dumps(values) + "\n")
    print(f"written to {OUTPUT}")


if __name__ == "__main__":
    main()
