"""Measures the model of a training run on a split of a data set."""

import contextlib
import json
import os
import pathlib
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

from dmtdr_tf.config.checks import require_choice
from dmtdr_tf.config.data_source import with_data
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.data.identities import Identities, read_identities
from dmtdr_tf.data.pipeline import evaluation_batches
from dmtdr_tf.evaluation.bootstrap import Bootstrap
from dmtdr_tf.evaluation.evaluated_model import EvaluatedModel
from dmtdr_tf.evaluation.protocols import Observe, measure, summarize
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.whole_file import write_text
from dmtdr_tf.models.symmetries import SYMMETRIES

__all__ = [
    "SPLITS",
    "Progress",
    "check_writable",
    "counted",
    "evaluate_workdir",
    "note_missing",
    "writing",
]

SPLITS = ("train", "validation", "test")

# The photographs and batches measured so far, and the batches of the split.
Progress = Callable[[int, int, int | None], None]


def evaluate_workdir(
    workdir: str | os.PathLike[str] | RunFolder,
    output: str | os.PathLike[str],
    *,
    split: str = "test",
    dataset: str = "",
    data_dir: str = "",
    manual_dir: str = "",
    batch_size: int = 1,
    stage: int | None = None,
    symmetries: int = 1,
    audit: bool = True,
    bootstrap: Bootstrap | None = None,
    observe: Callable[[Identities], Observe] | None = None,
    progress: Progress = lambda photographs, batches, total: None,
    note: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Measures the model of a training run and writes the figures as JSON.

    Args:
        workdir: The run's folder, or a run from `find_model`.
        output: The JSON file to write; its folder is created if it is missing.
        split: `"train"`, `"validation"` or `"test"`.
        dataset: TFDS name of the data set; the run's own if empty.
        data_dir: Where TFDS keeps prepared data; the run's if empty.
        manual_dir: The folder of a data set you downloaded; the run's if
            empty.
        batch_size: How many photographs to measure at once.
        stage: The stage whose best checkpoint is measured; the latest
            finished one by default.
        symmetries: 1, or 8 to average over the symmetries of the square.
        audit: Whether to compare the lesions found in super-resolved
            photographs with those found in the high-resolution ones.
        bootstrap: How to compute intervals; 2000 resamples by default.
        observe: From the identities of the photographs to what is called
            after each batch, as `measure` does.
        progress: Called after each batch with the number of photographs and
            batches measured so far, and with the number of batches in the
            split, or None if the data set does not know it.
        note: Called with what the photographs lack, before they are measured.

    Returns:
        What it wrote: the figures of `evaluate`, and `provenance`, which says
        where they come from.

    Raises:
        UserError: The folder holds no trained model, the split or data set
            does not exist, or `output` cannot be written.

    Example:
    ```python
    figures = evaluate_workdir("runs/demo", "runs/demo/evaluation.json")
    print(table(figures))
    ```
    """
    require_choice("split", split, SPLITS)
    require_choice("symmetries", symmetries, SYMMETRIES)
    run = RunFolder.of(workdir)
    config = with_data(run.config, dataset, data_dir, manual_dir)
    model = EvaluatedModel(run, stage, symmetries)
    output = pathlib.Path(output)
    # Before the long work, not after it.
    check_writable(output)
    identities = read_identities(config, split)
    note_missing(identities, split, note)
    batches = evaluation_batches(config, split, batch_size)
    measurement = measure(
        model.predict,
        batches,
        segment=model.segment if audit else None,
        is_averaged=symmetries > 1,
        calibration=model.calibration,
        progress=counted(progress, batches),
        observe=observe(identities) if observe else None,
    )
    figures = summarize(measurement, bootstrap or Bootstrap(), identities)
    provenance = {"dataset": config.run.dataset, "split": split}
    result = {
        "provenance": {**provenance, **model.provenance()},
        **figures,
    }
    with writing(output):
        text = json.dumps(result, indent=2, allow_nan=False)
        output.parent.mkdir(parents=True, exist_ok=True)
        write_text(output, text + "\n")
    return result


def note_missing(
    identities: Identities, split: str, note: Callable[[str], None]
) -> None:
    """Tells which labels no photograph has, and what follows from it.

    Args:
        identities: Of the photographs of the split.
        split: Its name.
        note: Called with one line for each kind of label.
    """
    for label in identities.missing:
        note(
            f"no photograph of split {split!r} has {label}; the figures that "
            "need them are left out"
        )


def counted(
    progress: Progress, batches: tf.data.Dataset
) -> Callable[[int], None]:
    """Returns a function of the photographs that also counts the batches.

    Args:
        progress: Called with photographs, batches and the number of batches.
        batches: The batches of the split.
    """
    cardinality = int(batches.cardinality())
    total = cardinality if cardinality >= 0 else None
    done = 0

    def count(photographs: int) -> None:
        nonlocal done
        done += 1
        progress(photographs, done, total)

    return count


def check_writable(output: pathlib.Path) -> None:
    """Refuses an output that cannot be written; makes no folder yet.

    Args:
        output: The file to write later.

    Raises:
        UserError: It is a folder, or its folder cannot be written to.
    """
    if output.is_dir():
        raise UserError(f"{output} is a folder; name a file", argument="output")
    # Makes no folder yet: an evaluation that fails leaves nothing behind.
    folder = next(path for path in output.absolute().parents if path.exists())
    with writing(output), tempfile.TemporaryFile(dir=folder):
        pass


@contextlib.contextmanager
def writing(output: pathlib.Path) -> Iterator[None]:
    """Names the output in errors of the system while it is written.

    Args:
        output: The file.

    Raises:
        UserError: In place of an `OSError`.
    """
    try:
        yield
    except OSError as error:
        raise UserError(
            f"{output} cannot be written ({error.strerror})", argument="output"
        ) from None
