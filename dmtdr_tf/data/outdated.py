"""Whether prepared records still are what their files and labels say."""

import contextlib
import os
import pathlib
import shutil
import sys
from collections.abc import Iterator

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.names import printable
from dmtdr_tf_datasets.photograph_builder import PhotographBuilder

__all__ = ["is_outdated", "set_aside"]


def is_outdated(
    builder: PhotographBuilder, dataset: str, manual_dir: str
) -> bool:
    """Says in one line whether the photographs of some records changed.

    Args:
        builder: A builder whose records are prepared.
        dataset: Name of the data set, for the message.
        manual_dir: The folder of its photographs; empty for the folder that
            they were prepared from, if it still exists.

    Returns:
        Whether to prepare the records again: a photograph, a mask or a label
        is new or differs. Where photographs are only gone, the records are
        kept.
    """
    records = f"{dataset}: using the records in {builder.data_dir}"
    again = "delete that folder to prepare them again"
    root = manual_dir or builder.prepared_from
    if not root or not (manual_dir or os.path.isdir(root)):
        return False
    if not builder.prepared_from:
        _tell(
            f"{records}; they do not say which files they were made from, and "
            f"may be out of date; {again}"
        )
        return False
    try:
        changes = builder.changes(root)
    except UserError as error:
        _tell(f"{records}; their files cannot be compared: {error}")
        return False
    if not changes:
        if manual_dir:
            _tell(f"{records}; none of their files has changed")
        return False
    if changes.added or changes.changed:
        _tell(
            f"{dataset}: since the records were prepared: {changes}; "
            "preparing them again"
        )
        return True
    _tell(f"{records}; since they were prepared: {changes}; {again}")
    return False


@contextlib.contextmanager
def set_aside(folder: str) -> Iterator[None]:
    """Moves records away, and back if new ones are not finished.

    Args:
        folder: The folder of the records.
    """
    path = pathlib.Path(folder)
    aside = path.with_name(f".outdated.{path.name}")
    shutil.rmtree(aside, ignore_errors=True)
    path.rename(aside)
    try:
        yield
    except BaseException:
        if not path.exists():
            aside.rename(path)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _tell(line: str) -> None:
    print(printable(line), file=sys.stderr)
