"""What a client must know to read an exported model's outputs."""

import dataclasses
from typing import Any

import dmtdr_tf
from dmtdr_tf.config import Config
from dmtdr_tf.exporting.signatures import LESION_THRESHOLD
from dmtdr_tf.labels import GRADES, LESION_NAMES, LESIONS, REFERABLE_GRADE
from dmtdr_tf.preprocessing.constants import MAX_SERVER_MEGAPIXELS


def labels(config: Config) -> dict[str, Any]:
    """Names grades and lesions, and gives sizes and thresholds.

    Args:
        config: That of the model's workdir.

    Returns:
        What goes into `labels.json`.
    """
    return {
        "grades": list(GRADES),
        "referable_grade": REFERABLE_GRADE,
        "lesions": list(LESIONS),
        "lesion_names": list(LESION_NAMES),
        "lesion_threshold": LESION_THRESHOLD,
        "quality": dataclasses.asdict(config.quality),
        "scale": config.model.scale,
        "low_res_size": config.low_res_size,
        "high_res_size": config.data.high_res_size,
        "max_megapixels": MAX_SERVER_MEGAPIXELS,
        "evidence": config.model.evidence,
        "dataset": config.run.dataset,
        "preset": config.run.preset,
        "dmtdr_tf": dmtdr_tf.__version__,
    }
