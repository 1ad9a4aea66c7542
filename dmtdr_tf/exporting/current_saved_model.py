"""The SavedModel of a run, exported when it is needed."""

import pathlib

from dmtdr_tf.config.phases import PHASES
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.exporting.export import default_folder, export_run

__all__ = ["current_saved_model", "is_outdated"]


def current_saved_model(run: RunFolder) -> pathlib.Path:
    """Returns the SavedModel in a run's folder, exported if it is missing.

    Args:
        run: The run's folder.

    Returns:
        `export/saved_model` in it.

    Raises:
        UserError: It has to be exported, and the run has no trained model or
            the folder cannot be written.
    """
    folder = default_folder(run, "saved_model")
    if not folder.exists():
        export_run(run)
    return folder


def is_outdated(folder: pathlib.Path, run: RunFolder) -> bool:
    """Tells whether a run was trained or calibrated after it was exported.

    Args:
        folder: The SavedModel.
        run: The run's folder.
    """
    exported = folder.stat().st_mtime
    files = [*(run.best(phase) for phase in PHASES), run.calibration_file]
    return any(
        file.stat().st_mtime > exported for file in files if file.exists()
    )
