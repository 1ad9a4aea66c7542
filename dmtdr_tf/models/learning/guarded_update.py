"""An optimizer step that is skipped unless all losses are finite."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

__all__ = ["GuardedUpdate", "all_finite"]


def all_finite(tensors: Sequence[tf.Tensor]) -> tf.Tensor:
    """Tells whether every value is finite on every replica.

    Args:
        tensors: Losses and gradients of this replica; `None` is skipped.

    Returns:
        A boolean scalar, the same on every replica.
    """
    finite = [
        tf.reduce_all(tf.math.is_finite(t)) for t in tensors if t is not None
    ]
    bad = tf.cast(tf.logical_not(tf.reduce_all(finite)), tf.float32)
    context = tf.distribute.get_replica_context()
    return tf.equal(context.all_reduce(tf.distribute.ReduceOp.SUM, bad), 0.0)


class GuardedUpdate(tf.Module):
    """Applies gradients only where all are finite, and accumulates them.

    A skipped step changes neither weights nor optimizer state; it is counted.
    With an `accumulation` of k, the gradients of the good ones among k steps
    are averaged into one update; k bad ones make none. Works in the replica
    context of any strategy.

    Args:
        optimizer: The optimizer, built or not.
        variables: All variables that will ever be updated, in a fixed order.
        accumulation: Number of steps that make one update.

    Example:
    >>> variable = keras.Variable([1.0])
    >>> update = GuardedUpdate(keras.optimizers.SGD(0.1), [variable])
    >>> for gradient in ([1.0], [float("nan")]):
    ...     gradients = [tf.constant(gradient)]
    ...     update(all_finite(gradients), gradients)
    >>> round(float(variable[0]), 3), int(update.bad_steps)
    (0.9, 1)
    """

    # Not Keras's `gradient_accumulation_steps`: it divides by the number of
    # steps, whereas only the good ones count here.

    def __init__(
        self,
        optimizer: keras.optimizers.Optimizer,
        variables: Sequence[keras.Variable],
        accumulation: int = 1,
    ):
        super().__init__(name="guarded_update")
        self.optimizer = optimizer
        self.targets = list(variables)
        self.accumulation = accumulation
        self.bad_steps = _counter("bad_steps")
        self.bad_steps_in_a_row = _counter("bad_steps_in_a_row")
        self.position = _counter("position")
        self.added = _counter("added")
        self.sums = (
            [_replica_local_zeros(v) for v in self.targets]
            if accumulation > 1
            else []
        )
        if not optimizer.built:
            optimizer.build(self.targets)

    def __call__(
        self, finite: tf.Tensor, gradients: Sequence[tf.Tensor]
    ) -> None:
        """Applies (or accumulates) gradients where `finite` is true.

        Args:
            finite: From `all_finite`.
            gradients: One per variable, `None` where there is none.
        """
        bad = tf.cast(tf.logical_not(finite), tf.int32)
        self.bad_steps.assign_add(bad)
        self.bad_steps_in_a_row.assign((self.bad_steps_in_a_row + 1) * bad)
        filled = [
            tf.zeros(v.shape, v.dtype) if g is None else g
            for g, v in zip(gradients, self.targets, strict=True)
        ]
        if self.accumulation == 1:
            _choose(finite, self._apply, _nothing, filled)
            return
        self.position.assign((self.position + 1) % self.accumulation)
        self.added.assign_add(1 - bad)
        _choose(finite, self._add, _nothing, filled)
        ends = tf.equal(self.position, 0)
        _choose(ends & (self.added > 0), self._flush, _nothing, [])
        self.added.assign(tf.where(ends, 0, self.added))

    def counts(self) -> dict[str, tf.Tensor]:
        """Returns how many steps were bad so far, float32 for logs."""
        return {
            "bad_steps": tf.cast(self.bad_steps, tf.float32),
            "bad_steps_in_a_row": tf.cast(self.bad_steps_in_a_row, tf.float32),
        }

    def _apply(self, gradients: Sequence[tf.Tensor]) -> None:
        self.optimizer.apply(gradients, self.targets)

    def _add(self, gradients: Sequence[tf.Tensor]) -> None:
        for total, gradient in zip(self.sums, gradients, strict=True):
            total.assign_add(tf.cast(gradient, total.dtype))

    def _flush(self, _: Sequence[tf.Tensor]) -> None:
        self._apply([s / tf.cast(self.added, s.dtype) for s in self.sums])
        for total in self.sums:
            total.assign(tf.zeros_like(total))


def _counter(name: str) -> tf.Variable:
    return tf.Variable(
        0,
        trainable=False,
        name=name,
        aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
    )


def _replica_local_zeros(variable: keras.Variable) -> tf.Variable:
    return tf.Variable(
        tf.zeros(variable.shape, variable.dtype),
        trainable=False,
        synchronization=tf.VariableSynchronization.ON_READ,
        aggregation=tf.VariableAggregation.SUM,
    )


@tf.autograph.experimental.do_not_convert
def _nothing(_: Sequence[tf.Tensor]) -> None:
    """The branch of a skipped step."""


def _choose(
    condition: tf.Tensor,
    if_true: Callable[[Any], None],
    if_false: Callable[[Any], None],
    gradients: Sequence[tf.Tensor],
) -> None:
    """Runs one of two branches on every replica.

    A replica context allows no `merge_call` inside a condition, and an
    optimizer makes one: the condition is taken outside, once for all.
    """

    def across(
        strategy: tf.distribute.Strategy, condition: Any, gradients: Any
    ) -> None:
        first = strategy.experimental_local_results(condition)[0]

        def branch(function: Callable[[Any], None]) -> tf.Tensor:
            strategy.extended.call_for_each_replica(function, args=(gradients,))
            return tf.constant(0)

        tf.cond(first, lambda: branch(if_true), lambda: branch(if_false))

    context = tf.distribute.get_replica_context()
    context.merge_call(across, args=(condition, gradients))
