"""Prints each metric on two logical CPUs and on one: run by its test."""

import json

import keras
import numpy as np
import tensorflow as tf

from dmtdr_tf import metrics

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 2
)


class Measured(keras.Model):
    """A model that does nothing but measure its batches."""

    def __init__(self, metric):
        super().__init__()
        self.metric = metric
        self.built = True

    @property
    def metrics(self):
        return [self.metric]

    def call(self, inputs):
        return inputs

    def test_step(self, batch):
        self.metric.update_state(*batch)
        return {"metric": self.metric.result()}


def _evaluate(scope, make, batch):
    """The metric through Keras's own distributed loop, in two steps."""
    with scope:
        model = Measured(make())
        model.compile()
    batches = tf.data.Dataset.from_tensor_slices(batch).batch(4)
    return model.evaluate(batches, verbose=0, return_dict=True)["metric"]


def _cases():
    rng = np.random.default_rng(0)
    weight = np.array([1, 1, 0, 1, 1, 1, 1, 0], "float32")
    scores = rng.random((8, 5), dtype="float32")
    grades = rng.integers(0, 5, (8, 1)).astype("float32")
    yield "CohenKappa", {"weights": "quadratic"}, (grades, scores, weight)
    masks = (rng.random((8, 16, 16)) < 0.1).astype("float32")
    maps = rng.random((8, 16, 16), dtype="float32")
    yield "BinnedAveragePrecision", {}, (masks, maps, weight)
    photographs = rng.random((2, 8, 16, 16, 3), dtype="float32")
    yield "PSNR", {}, (*photographs, weight)
    yield "SSIM", {}, (*photographs, weight)


def main():
    answers = {}
    for name, arguments, batch in _cases():

        def make(name=name, arguments=arguments):
            return getattr(metrics, name)(**arguments, name="metric")

        two = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
        one = tf.distribute.get_strategy()
        answers[name] = [
            float(_evaluate(strategy.scope(), make, batch))
            for strategy in (one, two)
        ]
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
