"""The export of a model, written when it is needed."""

import pathlib
import re

import filelock

from dmtdr_tf.config.phases import PHASES
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.exporting.export import default_folder, export_run
from dmtdr_tf.exporting.web.writer import page_version
from dmtdr_tf.files.cache import cache_folder
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.pretrained.preset_folder import PresetFolder

__all__ = ["current_export", "export_folder", "is_outdated"]


def current_export(run: RunFolder, format: str = "saved_model") -> pathlib.Path:
    """Returns the export of a model, written if it is missing.

    Args:
        run: The model's folder.
        format: As for `export_run`.

    Returns:
        `export_folder`.

    Raises:
        UserError: It has to be exported, and there is no trained model or the
            folder cannot be written.
    """
    folder = export_folder(run, format)
    if folder.exists():
        return folder
    if not isinstance(run, PresetFolder):
        export_run(run, format)
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Two servers that start at once export once.
        with filelock.FileLock(folder.with_name(f"{folder.name}.lock")):
            if not folder.exists():
                export_run(run, format, folder)
    except OSError as error:
        raise UserError(
            f"{folder} cannot be written ({error.strerror}); set DMTDR_CACHE "
            "to a folder for exports"
        ) from None
    return folder


def export_folder(run: RunFolder, format: str) -> pathlib.Path:
    """Returns where the export of a model is looked for.

    Args:
        run: The model's folder.
        format: As for `export_run`.

    Returns:
        `export/FORMAT` in a workdir; for a preset a folder of the cache, whose
        name changes with the preset's files, the version of dmtdr_tf and the
        page that `make page` built.
    """
    if not isinstance(run, PresetFolder):
        return default_folder(run, format)
    name = re.sub(r"[^\w.-]", "_", pathlib.PurePath(run.label).name)
    version = run.fingerprint[:16]
    if format == "web":
        version += f"-{page_version()[:8]}"
    return cache_folder() / format / f"{name}-{version}"


def is_outdated(folder: pathlib.Path, run: RunFolder) -> bool:
    """Tells whether a run was trained or calibrated after it was exported.

    Args:
        folder: The SavedModel.
        run: The run's folder.
    """
    if isinstance(run, PresetFolder):
        # Its folder is named after what it was exported from.
        return False
    exported = folder.stat().st_mtime
    files = [*(run.best(phase) for phase in PHASES), run.calibration_file]
    return any(
        file.stat().st_mtime > exported for file in files if file.exists()
    )
