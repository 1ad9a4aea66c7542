"""Names of the figures in TensorBoard, in groups."""

__all__ = ["summary_name"]

_NAMES = {
    "psnr": "psnr/model",
    "bicubic_psnr": "psnr/bicubic",
    "average_precision": "lesions/average_precision/mean",
    "quadratic_kappa": "grading/quadratic_kappa",
    "accuracy": "grading/accuracy",
    "score": "score",
    "bad_steps": "steps_skipped/total",
    "bad_steps_in_a_row": "steps_skipped/in_a_row",
}


def summary_name(name: str) -> str:
    """Returns the grouped name of a figure of the training logs.

    TensorBoard makes a section of what comes before the first slash.

    Args:
        name: The figure's name in the logs, without `val_`.

    Example:
    >>> summary_name("average_precision_MA")
    'lesions/average_precision/MA'
    >>> summary_name("dice_loss")
    'losses/dice'
    """
    if name in _NAMES:
        return _NAMES[name]
    if name.endswith("_loss"):
        return f"losses/{name.removesuffix('_loss')}"
    figure, _, lesion = name.rpartition("_")
    if figure == "average_precision":
        return f"lesions/average_precision/{lesion}"
    return f"other/{name}"
