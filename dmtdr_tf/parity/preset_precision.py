"""How exact the weights of a preset are beside those of its run."""

import os

from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.exporting.preset import note_precision
from dmtdr_tf.parity.comparison import compare_exports
from dmtdr_tf.parity.photograph_source import PhotographSource
from dmtdr_tf.parity.report import check_limits

__all__ = ["preset_precision"]


def preset_precision(
    preset: str | os.PathLike[str],
    run: RunFolder,
    source: PhotographSource,
    stage: int | None = None,
) -> str:
    """Compares a preset with the run it is of, and notes it in its card.

    Args:
        preset: The preset's folder.
        run: The folder of the run.
        source: The photographs to compare on.
        stage: The stage of the run's weights; the latest finished one by
            default.

    Returns:
        The sentence in the card.

    Raises:
        UserError: A photograph cannot be read, or a limit of float16 weights
            is broken (raised after the card is written).
    """
    report = compare_exports([preset], run, source, stage=stage, kind="float16")
    (figures,) = report["exports"]
    count = len(figures["photographs"])
    kept = round(figures["grades_kept"] * count)
    outputs = figures["outputs"]
    probability = outputs["grade_probabilities"]["max_difference"]
    where = "photographs"
    if not source.files:
        where += f" of split `{source.split}` of {source.config.run.dataset}"
    sentence = (
        f"On {count} {where}, {kept} of {count} grades are kept beside the "
        f"float32 weights of the run, and the largest difference of a "
        f"probability is {probability:.2g}."
    )
    note_precision(preset, sentence)
    check_limits(report)
    return sentence
