"""What a client must know to read an exported model's outputs."""

from typing import Any

import dmtdr_tf
from dmtdr_tf.config import GRADES, LESION_NAMES, LESIONS, Config


def labels(config: Config) -> dict[str, Any]:
    """Names grades and lesions, and gives sizes.

    Args:
        config: That of the model's workdir.

    Returns:
        What goes into `labels.json`.
    """
    return {
        "grades": list(GRADES),
        "lesions": list(LESIONS),
        "lesion_names": list(LESION_NAMES),
        "scale": config.model.scale,
        "low_res_size": config.low_res_size,
        "high_res_size": config.data.high_res_size,
        "evidence": config.model.evidence,
        "dataset": config.run.dataset,
        "preset": config.run.preset,
        "dmtdr_tf": dmtdr_tf.__version__,
    }
