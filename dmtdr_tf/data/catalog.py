"""The data sets there are, and which of them are prepared."""

import dataclasses
import json
import os
import pathlib
from collections.abc import Iterator

from dmtdr_tf.files.names import printable

__all__ = ["CATALOG", "DATASETS", "DatasetEntry", "describe", "prepared"]

# As TFDS, which takes seconds to import.
_DEFAULT_DIR = "~/tensorflow_datasets"


@dataclasses.dataclass(frozen=True)
class DatasetEntry:
    """One data set.

    Args:
        name: Its name for `dataset`.
        content: What it holds.
        source: Where to obtain it.
        parts: Parts of it that can be named as `name/part`.
        license: License of weights trained on it, as the Hugging Face hub
            names licenses; `"other"` where its authors' terms must be asked.
        attribution: What a card of such weights must say of its authors.
    """

    name: str
    content: str
    source: str
    parts: tuple[str, ...] = ()
    license: str = "other"
    attribution: str = ""


CATALOG = (
    DatasetEntry(
        "synthetic_fundus",
        "300 drawn photographs, all with lesion masks and grades",
        "drawn on first use; nothing to download",
        license="apache-2.0",
    ),
    DatasetEntry(
        "idrid",
        "531 photographs: 81 with lesion masks, 516 graded",
        "https://doi.org/10.21227/H25W98 (CC BY 4.0)",
        ("segmentation", "grading"),
        "cc-by-4.0",
        "IDRiD (c) by Prasanna Porwal, Samiksha Pachade and Manesh Kokare, "
        "[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/): data set "
        "[doi:10.21227/H25W98](https://doi.org/10.21227/H25W98), article "
        "[doi:10.3390/data3030025](https://doi.org/10.3390/data3030025).",
    ),
    DatasetEntry(
        "ddr",
        "13,673 graded photographs, 757 with lesion masks",
        "https://github.com/nkicsl/DDR-dataset",
        ("joint", "grading", "segmentation"),
    ),
    DatasetEntry(
        "eyepacs",
        "88,702 graded photographs",
        "https://kaggle.com/competitions/diabetic-retinopathy-detection",
    ),
    DatasetEntry(
        "folder",
        "your own photographs, with the labels of photographs.csv",
        "see the page of the data set folder in the documentation",
    ),
)
DATASETS = tuple(entry.name for entry in CATALOG)


def weights_license(dataset: str) -> str:
    """Returns the license of weights that were trained on data sets.

    Args:
        dataset: The data sets, as in `RunConfig.dataset`.

    Returns:
        The strictest, as the Hugging Face hub names licenses; `"other"` where
        the terms of a data set must be asked.

    Example:
    >>> weights_license("idrid+synthetic_fundus")
    'cc-by-4.0'
    """
    licenses = {entry.license if entry else "other" for entry in _of(dataset)}
    licenses.discard("apache-2.0")
    if not licenses:
        return "apache-2.0"
    return licenses.pop() if len(licenses) == 1 else "other"


def attributions(dataset: str) -> list[str]:
    """Returns what a card must say of the authors of data sets.

    Args:
        dataset: The data sets, as in `RunConfig.dataset`.

    Returns:
        One sentence for each data set whose license asks for it.

    Example:
    >>> attributions("synthetic_fundus")
    []
    """
    texts = [entry.attribution for entry in _of(dataset) if entry]
    return list(dict.fromkeys(filter(None, texts)))


def _of(dataset: str) -> list[DatasetEntry | None]:
    """The entries of data sets; None for one that is not in the catalog."""
    known = {entry.name: entry for entry in CATALOG}
    names = [name.split("/")[0].split(":")[0] for name in dataset.split("+")]
    return [known.get(name) for name in names]


def describe(data_dir: str = "") -> str:
    """Returns the data sets as text, with what is prepared of each.

    Args:
        data_dir: Folder of the prepared data; empty for the TFDS default.

    Returns:
        Three lines for each data set.
    """
    return "\n".join(
        line for entry in CATALOG for line in _lines(entry, data_dir)
    )


def prepared(name: str, data_dir: str = "") -> list[str]:
    """Returns which configurations of a data set are prepared.

    Args:
        name: Name of the data set.
        data_dir: As for `describe`.

    Returns:
        Names of configurations, such as `"joint_512"`; for a user's own
        folder, with the folder.

    Example:
    >>> prepared("idrid", "no/such/folder")
    []
    """
    folder = _folder(data_dir) / name
    found = []
    # Its information is written last.
    for information in sorted(folder.glob("*/*/dataset_info.json")):
        config = information.parent.parent.name
        root = _root(information.parent) if name == "folder" else ""
        found.append(printable(f"{config} ({root})") if root else config)
    return found


def _lines(entry: DatasetEntry, data_dir: str) -> Iterator[str]:
    names = [entry.name, *(f"{entry.name}/{part}" for part in entry.parts)]
    # DDR has no configuration for the data set as a whole.
    names = names[1:] if entry.name == "ddr" else names
    yield f"{', '.join(names)}: {entry.content}"
    yield f"  source: {entry.source}"
    found = prepared(entry.name, data_dir)
    where = f"in {_folder(data_dir)}"
    yield (
        f"  prepared {where}: {', '.join(found)}"
        if found
        else (f"  not prepared {where}")
    )


def _folder(data_dir: str) -> pathlib.Path:
    default = os.environ.get("TFDS_DATA_DIR", _DEFAULT_DIR)
    return pathlib.Path(data_dir or default).expanduser()


def _root(records: pathlib.Path) -> str:
    """Returns the folder that some records were prepared from."""
    try:
        content = json.loads((records / "sources.json").read_text())
        return str(content["root"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
