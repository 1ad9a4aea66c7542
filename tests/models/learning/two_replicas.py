"""Prints variables after a step on one device, and on two replicas."""

import json
import sys

import keras
import tensorflow as tf

from dmtdr_tf.models.learning.subnet_adamw import SubnetAdamW


def update(strategy):
    """Updates two variables once; returns their values."""
    with strategy.scope():
        variables = [keras.Variable([1.0]), keras.Variable([1.0])]
        optimizer = SubnetAdamW(0.1, [1.0, 3.0], weight_decay=0.0)
        optimizer.build(variables)
    gradients = [tf.constant([0.5]), tf.constant([2.0])]

    @tf.function
    def step():
        strategy.run(lambda: optimizer.apply(gradients, variables))

    step()
    return [float(variable.numpy()[0]) for variable in variables]


def main():
    """Compares one device with two logical CPUs."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    logical = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, logical)
    two = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    one = tf.distribute.get_strategy()
    json.dump([update(one), update(two)], sys.stdout)


if __name__ == "__main__":
    main()
