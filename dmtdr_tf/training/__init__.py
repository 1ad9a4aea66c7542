"""Training in two stages."""

from dmtdr_tf.training.workdir import Workdir

__all__ = ["Workdir"]
