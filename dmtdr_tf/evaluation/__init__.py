"""How good a model is on a split, each figure beside its trivial baseline."""

from dmtdr_tf.evaluation.protocols import evaluate
from dmtdr_tf.evaluation.report import table

__all__ = ["evaluate", "table"]
