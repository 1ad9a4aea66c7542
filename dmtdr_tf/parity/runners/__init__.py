"""Runs a model in any exported form."""

from dmtdr_tf.parity.runners.runner import Outputs, Runner
from dmtdr_tf.parity.runners.runner_type import RunnerType, runner_type

__all__ = ["Outputs", "Runner", "RunnerType", "runner_type"]
