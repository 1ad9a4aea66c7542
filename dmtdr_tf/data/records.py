"""Prepared TFDS records: built on first use, read as plain samples."""

import dataclasses
import importlib
import pathlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from dmtdr_tf.config import Config
from dmtdr_tf.config.phases import Keep
from dmtdr_tf.files.errors import UserError

Sample = Mapping[str, tf.Tensor]

DATASETS = ("synthetic_fundus", "idrid", "ddr", "eyepacs", "folder")
# Records that this process made or opened: the user is told of them once.
_opened: set[str] = set()
_FEATURES = ("photograph", "lesions", "has_lesions", "grade")


@dataclasses.dataclass(frozen=True)
class Labels:
    """What is known of every photograph of a split, in reading order.

    Args:
        grade: `[N]` int: 0-4, -1 where unknown.
        has_lesions: `[N]` bool: whether lesions were annotated.
    """

    grade: np.ndarray
    has_lesions: np.ndarray

    def keep(self, keep: Keep) -> np.ndarray:
        """Returns the mask `[N]` of the photographs that `keep` asks for."""
        if keep == "lesions":
            return self.has_lesions
        if keep == "grade":
            return self.grade >= 0
        return np.ones(len(self.grade), bool)


@dataclasses.dataclass(frozen=True)
class Part:
    """What is kept of one data set's split.

    Args:
        samples: `photograph` and `lesions` still encoded (see `decode`),
            `has_lesions` bool, `grade` int64 (-1 unknown).
        grade: `[N]` int, every sample's.
    """

    samples: tf.data.Dataset
    grade: np.ndarray


def builders(
    config: Config, beam_options: str = ""
) -> list[tfds.core.DatasetBuilder]:
    """Returns the configured data sets' builders, their records prepared.

    Args:
        config: `run.dataset` (several names joined by `+`), `run.data_dir`,
            `run.manual_dir` and `data.high_res_size` are read.
        beam_options: Apache Beam's, to prepare the records by it.

    Returns:
        The builders; a data set that was not prepared yet is built now.

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
    """Returns one data set's builder, its records prepared.

    Args:
        config: As in `builders`.
        dataset: The data set's name.
        beam_options: As in `builders`.

    Returns:
        The builder.

    Raises:
        UserError: There is no such data set or size, its folder is missing or
            has another layout, or the records cannot be written.
    """
    run, size = config.run, config.data.high_res_size
    # Importing the package registers its builders with TFDS.
    importlib.import_module("dmtdr_tf_datasets")
    # "ddr/joint" at 512 is TFDS's "ddr/joint_512".
    name, _, part = dataset.partition("/")
    settings: Any = f"{part}{part and '_'}{size}"
    if name == "folder":
        settings = _folder_config(run.manual_dir, size)
    try:
        made = tfds.builder(
            name, config=settings, data_dir=run.data_dir or None
        )
    except tfds.core.registered.DatasetNotFoundError:
        raise UserError(
            f"--dataset: no data set {dataset!r}; ours are "
            f"{', '.join(DATASETS)}"
        ) from None
    except ValueError:
        known = [c.name for c in tfds.builder_cls(name).BUILDER_CONFIGS]
        raise UserError(
            f"--dataset: {dataset} at {size} pixels is not there; {name} "
            f"has {', '.join(known)}"
        ) from None
    except OSError as error:
        raise UserError(
            f"--data_dir: {dataset} cannot be opened: {_line(error)}"
        ) from None
    if not pathlib.Path(made.data_dir).exists():
        _prepare(made, run.manual_dir, beam_options)
    elif (
        run.manual_dir
        and made.MANUAL_DOWNLOAD_INSTRUCTIONS
        and made.data_dir not in _opened
    ):
        print(
            f"{dataset}: prepared before, in {made.data_dir}; --manual_dir is "
            "not read again",
            file=sys.stderr,
        )
    _opened.add(made.data_dir)
    return made


def _folder_config(manual_dir: str, size: int) -> tfds.core.BuilderConfig:
    """A user's own folder is a configuration made on the spot."""
    if not manual_dir:
        raise UserError(
            "--manual_dir: --dataset=folder needs the folder that holds "
            "photographs.csv"
        )
    module = "dmtdr_tf_datasets.folder.folder_dataset_builder"
    return importlib.import_module(module).folder_config(manual_dir, size)


def _prepare(
    made: tfds.core.DatasetBuilder, manual_dir: str, beam_options: str
) -> None:
    """Builds a data set's records, every user's mistake told in one line."""
    if manual_dir and not pathlib.Path(manual_dir).is_dir():
        raise UserError(f"--manual_dir: no folder {manual_dir}")
    settings = tfds.download.DownloadConfig(
        manual_dir=manual_dir or None,
        beam_options=_beam_options(beam_options) if beam_options else None,
    )
    # The builders show their own, which know how many there are.
    tfds.disable_progress_bar()
    try:
        made.download_and_prepare(download_config=settings)
    except UserError:
        raise
    except AssertionError as error:
        if "manual" not in str(error).lower():
            raise
        raise UserError(
            f"--manual_dir: the data set {made.name} has to be downloaded by "
            "you; name the folder you unpacked it to"
        ) from None
    except (OSError, RuntimeError) as error:
        # TFDS wraps what TensorFlow's writers raise, as on a full disk.
        if isinstance(error, RuntimeError) and not isinstance(
            error.__cause__, tf.errors.OpError
        ):
            raise
        raise UserError(
            f"--data_dir: {made.data_dir} cannot be written: {_line(error)}"
        ) from None


def _beam_options(flags: str) -> Any:
    try:
        module = importlib.import_module("dmtdr_tf_datasets.beam_build")
    except ModuleNotFoundError:
        raise UserError(
            "--beam_options: Apache Beam is missing; pip install "
            "'dmtdr-tf[beam]'"
        ) from None
    return module.pipeline_options(flags)


def _line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _check_split(made: tfds.core.DatasetBuilder, split: str) -> None:
    splits = made.info.splits
    if split not in splits:
        raise UserError(
            f"--split: {made.info.full_name} has no split {split!r}; it has "
            f"{', '.join(splits)}"
        )


def read_labels(made: tfds.core.DatasetBuilder, split: str) -> Labels:
    """Reads the labels of a split without decoding a photograph.

    Args:
        made: A prepared builder.
        split: `"train"`, `"validation"` or `"test"`.

    Raises:
        UserError: There is no such split.
    """
    _check_split(made, split)
    dataset = made.as_dataset(
        split=split,
        decoders=tfds.decode.PartialDecoding(
            {"grade": True, "has_lesions": True}
        ),
        shuffle_files=False,
    )
    rows = [
        (row["grade"], row["has_lesions"])
        for row in dataset.as_numpy_iterator()
    ]
    return Labels(
        np.array([int(grade) for grade, _ in rows], int),
        np.array([bool(known) for _, known in rows], bool),
    )


def read_samples(
    made: Sequence[tfds.core.DatasetBuilder], split: str, keep: Keep = "all"
) -> list[Part | None]:
    """Reads the samples of a split of every data set, in their fixed order.

    Args:
        made: Prepared builders.
        split: `"train"`, `"validation"` or `"test"`.
        keep: Which samples: all, the annotated, or the graded.

    Returns:
        A part per builder, None where it has nothing to keep.

    Raises:
        UserError: None of the data sets has such a split, or nothing in it
            is left to keep.
    """
    if len(made) == 1 or not any(split in one.info.splits for one in made):
        _check_split(made[0], split)
    found = [_read(one, split, keep) for one in made]
    if not any(found):
        names = " and ".join(one.info.full_name for one in made)
        raise UserError(
            f"{names}: no photograph of split {split!r} has what is needed "
            f"here ({keep})"
        )
    return found


def _read(
    made: tfds.core.DatasetBuilder, split: str, keep: Keep
) -> Part | None:
    if split not in made.info.splits:
        return None
    labels = read_labels(made, split)
    kept = labels.keep(keep)
    if not kept.any():
        return None
    dataset = made.as_dataset(
        split=split,
        decoders={
            "photograph": tfds.decode.SkipDecoding(),
            "lesions": tfds.decode.SkipDecoding(),
        },
        shuffle_files=False,
        read_config=tfds.ReadConfig(
            interleave_cycle_length=1, try_autocache=False
        ),
    )
    # Dropped before they are decoded.
    dataset = dataset.filter(lambda sample: _keeps(sample, keep))
    dataset = dataset.map(lambda s: {name: s[name] for name in _FEATURES})
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(kept.sum()))
    return Part(dataset, labels.grade[kept])


def _keeps(sample: Sample, keep: Keep) -> tf.Tensor:
    if keep == "lesions":
        return sample["has_lesions"]
    if keep == "grade":
        return sample["grade"] >= 0
    return tf.constant(True)


def decode(sample: Sample) -> dict[str, Any]:
    """Decodes a sample's pictures.

    Args:
        sample: From `read_samples`.

    Returns:
        The sample, its `photograph` uint8 `[S, S, 3]` and its `lesions` uint8
        `[S, S, 4]`, 0 or 255.
    """
    return {
        **sample,
        "photograph": tf.io.decode_image(
            sample["photograph"], channels=3, expand_animations=False
        ),
        "lesions": tf.io.decode_png(sample["lesions"], channels=4),
    }
