"""Opens the configured data sets, preparing their records on first use."""

import pathlib
from typing import Any

import tensorflow as tf
import tensorflow_datasets as tfds

from dmtdr_tf.config import Config
from dmtdr_tf.data.catalog import DATASETS
from dmtdr_tf.data.outdated import is_outdated, set_aside
from dmtdr_tf.files.errors import UserError

# Importing a builder registers it with TFDS.
from dmtdr_tf_datasets.folder.folder_dataset_builder import folder_config
from dmtdr_tf_datasets.photograph_builder import PhotographBuilder

__all__ = ["DATASETS", "builder", "builders", "open_builder", "require_folder"]

# Records that this process has prepared or opened, so that their files are
# compared only once.
_opened: set[str] = set()


def builders(
    config: Config, beam_options: str = ""
) -> list[tfds.core.DatasetBuilder]:
    """Returns the builders of the configured data sets, records prepared.

    Args:
        config: Gives `run.dataset` (several names joined by `+`),
            `run.data_dir`, `run.manual_dir` and `data.high_res_size`.
        beam_options: Options of Apache Beam, to prepare the records with it.

    Returns:
        The builders. A data set that is not prepared yet is prepared now.

    Raises:
        UserError: As `builder`.
    """
    return [
        builder(config, dataset, beam_options)
        for dataset in config.run.dataset.split("+")
    ]


def builder(
    config: Config, dataset: str, beam_options: str = ""
) -> tfds.core.DatasetBuilder:
    """Returns the builder of one data set, its records prepared.

    Args:
        config: As for `builders`.
        dataset: Name of the data set, such as `"ddr/joint"`.
        beam_options: As for `builders`.

    Returns:
        The builder.

    Raises:
        UserError: There is no such data set or size, its folder is missing or
            has another layout, or the records cannot be written.
    """
    manual_dir = config.run.manual_dir
    opened = open_builder(config, dataset)
    if not pathlib.Path(opened.data_dir).exists():
        _prepare(opened, manual_dir, beam_options)
    elif (
        opened.data_dir not in _opened
        and isinstance(opened, PhotographBuilder)
        and is_outdated(opened, dataset, manual_dir)
    ):
        root = manual_dir or opened.prepared_from
        with set_aside(opened.data_dir):
            opened = open_builder(config, dataset)
            _prepare(opened, root, beam_options)
    _opened.add(opened.data_dir)
    return opened


def open_builder(config: Config, dataset: str) -> tfds.core.DatasetBuilder:
    """Returns the builder of one data set, without preparing its records.

    Args:
        config: As for `builders`.
        dataset: Name of the data set, such as `"ddr/joint"`.

    Returns:
        The builder; the folder `data_dir` exists if it is prepared.

    Raises:
        UserError: There is no such data set or size, or its folder cannot be
            opened.
    """
    run, size = config.run, config.data.high_res_size
    # "ddr/joint" at 512 pixels is TFDS's "ddr/joint_512".
    name, _, part = dataset.partition("/")
    settings: Any = f"{part}_{size}" if part else str(size)
    if name == "folder":
        settings = _folder_config(run.manual_dir, size)
    try:
        return tfds.builder(
            name, config=settings, data_dir=run.data_dir or None
        )
    except tfds.core.registered.DatasetNotFoundError:
        raise UserError(
            f"no data set {dataset!r}; choose from {', '.join(DATASETS)}",
            argument="dataset",
        ) from None
    except ValueError:
        known = [c.name for c in tfds.builder_cls(name).BUILDER_CONFIGS]
        raise UserError(
            f"{dataset} is not available at {size} pixels; {name} has "
            f"{', '.join(known)}",
            argument="dataset",
        ) from None
    except OSError as error:
        raise UserError(
            f"{dataset} cannot be opened: {_first_line(error)}",
            argument="data_dir",
        ) from None


def require_folder(name: str, manual_dir: str) -> None:
    """Refuses a missing folder of a data set that has to be downloaded.

    Args:
        name: Name of the data set.
        manual_dir: The folder that the user gave.

    Raises:
        UserError: None was given, or it does not exist.
    """
    if not manual_dir:
        raise UserError(
            f"download the data set {name} and give the folder you unpacked "
            "it to",
            argument="manual_dir",
        )
    if not pathlib.Path(manual_dir).is_dir():
        raise UserError(f"no folder {manual_dir}", argument="manual_dir")


def _folder_config(manual_dir: str, size: int) -> tfds.core.BuilderConfig:
    """Returns the configuration of a user's own folder."""
    if not manual_dir:
        raise UserError(
            "the data set 'folder' needs the folder that contains "
            "photographs.csv",
            argument="manual_dir",
        )
    return folder_config(manual_dir, size)


def _prepare(
    opened: tfds.core.DatasetBuilder, manual_dir: str, beam_options: str
) -> None:
    """Prepares the records and reports expected errors as `UserError`s."""
    if opened.MANUAL_DOWNLOAD_INSTRUCTIONS or manual_dir:
        require_folder(opened.name, manual_dir)
    settings = tfds.download.DownloadConfig(
        manual_dir=manual_dir or None,
        beam_options=_beam_options(beam_options) if beam_options else None,
    )
    # The builders show a progress bar of their own, with a total.
    tfds.disable_progress_bar()
    try:
        opened.download_and_prepare(download_config=settings)
    except UserError:
        raise
    except (OSError, RuntimeError) as error:
        # TFDS wraps what TensorFlow's writers raise, as on a full disk.
        if isinstance(error, RuntimeError) and not isinstance(
            error.__cause__, tf.errors.OpError
        ):
            raise
        raise UserError(
            f"{opened.data_dir} cannot be written: {_first_line(error)}",
            argument="data_dir",
        ) from None


def _beam_options(flags: str) -> Any:
    try:
        # Apache Beam is an optional dependency.
        from dmtdr_tf_datasets import beam_build
    except ModuleNotFoundError:
        raise UserError(
            "Apache Beam is missing; install it with pip install '.[beam]'",
            argument="beam_options",
        ) from None
    return beam_build.pipeline_options(flags)


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
