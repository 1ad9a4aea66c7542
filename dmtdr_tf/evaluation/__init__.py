"""How good a model is on a split, each figure beside its trivial baseline."""

from dmtdr_tf.evaluation.bootstrap import Bootstrap
from dmtdr_tf.evaluation.comparison import compare_workdirs
from dmtdr_tf.evaluation.protocols import evaluate
from dmtdr_tf.evaluation.report import table
from dmtdr_tf.evaluation.trained_run import evaluate_workdir

__all__ = [
    "Bootstrap",
    "compare_workdirs",
    "evaluate",
    "evaluate_workdir",
    "table",
]
