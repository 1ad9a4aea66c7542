"""The fields that the `config.json` of every run has."""

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["missing_fields"]

# What the first version wrote. Fields that were added later may be missing;
# they need no mention here.
_PHASE = (
    "epochs steps_per_epoch batch_size crop_size learning_rate "
    "segmentation_learning_rate_multiplier grading_learning_rate_multiplier "
    "weight_decay warmup schedule gradient_accumulation freeze_batch_norm "
    "freeze_super_resolution freeze_segmentation lesion_focus"
)
_LOSSES = (
    "image_loss_weight image_loss total_variation_loss_weight "
    "segmentation_aware_loss_weight classification_aware_loss_weight "
    "super_resolution_grading_loss_weight dice_loss_weight "
    "lesion_cross_entropy_loss_weight semi_supervised_loss_weight "
    "grading_loss_weight grading_literal grade_weights evidence_threshold "
    "evidence_temperature second_order routing"
)
_FIELDS = {
    "run": (
        "preset dataset data_dir manual_dir workdir precision strategy "
        "replicas seed max_bad_steps"
    ),
    "model": (
        "scale super_resolution_width super_resolution_blocks upscaling "
        "super_resolution_output segmentation_width grading_width "
        "grading_units dropout pyramid evidence evidence_score "
        "use_super_resolution use_segmentation"
    ),
    "data": (
        "high_res_size cache_gigabytes photometric_jitter degradation "
        "shuffle_buffer"
    ),
    "stage_1.restoration": _PHASE,
    "stage_1.grading": _PHASE,
    "stage_1.losses": _LOSSES,
    "stage_2.joint": _PHASE,
    "stage_2.losses": _LOSSES,
}
# Added together: a file has all of them or is older and has none.
_TOGETHER = {
    "run": "best_epoch",
    "data": "augmentation",
    "stage_1": "super_resolved_fraction",
    "stage_1.restoration": "weight_averaging",
    "stage_1.grading": "weight_averaging",
    "stage_2.joint": "weight_averaging",
}


def missing_fields(values: Mapping[str, Any]) -> Iterator[str]:
    """Yields the dotted names of the fields that a run's file lacks.

    Args:
        values: The content of `config.json`, its objects nested.

    Example:
    >>> next(missing_fields({"run": {"preset": "demo"}}))
    'run.dataset'
    """
    yield from _missing(_FIELDS, values)
    lost = list(_missing(_TOGETHER, values))
    if len(lost) < sum(len(names.split()) for names in _TOGETHER.values()):
        yield from lost


def _missing(
    fields: Mapping[str, str], values: Mapping[str, Any]
) -> Iterator[str]:
    for part, names in fields.items():
        inner: Any = values
        for key in part.split("."):
            inner = inner.get(key, {})
        for name in names.split():
            if name not in inner:
                yield f"{part}.{name}"
