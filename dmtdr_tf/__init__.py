"""DeepMT-DR: diabetic retinopathy grading from low-resolution photographs.

Nothing is imported until it is used, so that `import dmtdr_tf` is fast:

    import dmtdr_tf

    predictor = dmtdr_tf.Predictor.from_workdir("runs/demo")
    prediction = predictor("eye.jpg")
    prediction.grade, prediction.probabilities
"""

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "DeepMTDR",
    "Predictor",
    "Workdir",
    "__version__",
    "evidence",
    "layers",
    "load_photograph",
    "losses",
    "metrics",
    "models",
]

# Keras reads its backend once, while it is imported. `keras_settings` puts the
# user's own choice back.
KERAS_BACKEND_BEFORE = os.environ.get("KERAS_BACKEND")
if "keras" not in sys.modules:
    os.environ["KERAS_BACKEND"] = "tensorflow"

if TYPE_CHECKING:
    from dmtdr_tf import evidence, layers, losses, metrics, models
    from dmtdr_tf.models import DeepMTDR
    from dmtdr_tf.prediction import Predictor
    from dmtdr_tf.preprocessing import read_photograph as load_photograph
    from dmtdr_tf.training.workdir import Workdir

# Public name to its module, and its name there; None is the module itself.
_WHERE: dict[str, tuple[str, str | None]] = {
    "DeepMTDR": ("dmtdr_tf.models", "DeepMTDR"),
    "Predictor": ("dmtdr_tf.prediction", "Predictor"),
    "Workdir": ("dmtdr_tf.training.workdir", "Workdir"),
    "evidence": ("dmtdr_tf.evidence", None),
    "layers": ("dmtdr_tf.layers", None),
    "load_photograph": ("dmtdr_tf.preprocessing", "read_photograph"),
    "losses": ("dmtdr_tf.losses", None),
    "metrics": ("dmtdr_tf.metrics", None),
    "models": ("dmtdr_tf.models", None),
}


def __getattr__(name: str) -> Any:
    """Imports a public name on its first use."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module_name, attribute = _WHERE[name]
    module = importlib.import_module(module_name)
    value = module if attribute is None else getattr(module, attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Lists the public names, also those not imported yet."""
    return sorted({*globals(), *__all__})
