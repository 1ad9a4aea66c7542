"""`dmtdr parity`: compare exports with the Keras model they were made of."""

import dataclasses
import itertools
import json
import os
import pathlib
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

import keras
import numpy as np
import tyro

import dmtdr_tf
from dmtdr_tf.config import Config
from dmtdr_tf.data import records
from dmtdr_tf.data.pipeline import evaluation_batches
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.parity.cost import Cost, measure_cost, size_bytes
from dmtdr_tf.parity.differences import Parity, Photograph
from dmtdr_tf.parity.limits import LIMITS, Kind, Limits, checks, kind_of
from dmtdr_tf.parity.runners.keras_runner import KerasRunner
from dmtdr_tf.parity.runners.runner import Outputs, Runner, runner_type
from dmtdr_tf.preprocessing.field_of_view import find_field_of_view
from dmtdr_tf.preprocessing.model_input import model_input
from dmtdr_tf.preprocessing.reading import read_photograph
from dmtdr_tf.reporting.parity_page import ParityPage
from dmtdr_tf.training.workdir import Workdir

THREADS = (1, 2)
JSON_FILE, PAGE_FILE = "parity.json", "parity.html"


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Compares exports with the Keras model of a workdir, and reports.

    Writes `parity.json` and `parity.html`. Ends with an error where an export
    breaks a limit.

    Args:
        exports: SavedModel folders, `.tflite` and `.onnx` files.
        workdir: The run whose exports they are.
        photographs: How many photographs of the split to compare on, half of
            them annotated where there are enough.
        split: `train`, `validation` or `test`.
        files: Photographs of your own instead of a split's.
        dataset: TFDS name of the data set; the run's own by default.
        data_dir: Where TFDS keeps prepared data; the run's by default.
        manual_dir: The folder of a data set you downloaded; the run's by
            default.
        output: The folder of the report; that of the first export by default.
        kind: How exact the exports should be: `float32`, `float16` or
            `quantised`; by their names where it is not given.
        limits: What they are held to instead of their kind's limits; `inf`
            or `-inf` lifts one.
        stage: The stage whose best checkpoint they are compared with; the
            latest finished one by default.
    """

    exports: Annotated[
        tyro.conf.Positional[tuple[str, ...]],
        tyro.conf.arg(metavar="EXPORT..."),
    ]
    workdir: str = "runs/default"
    photographs: int = 8
    split: Literal["train", "validation", "test"] = "validation"
    files: tuple[str, ...] = ()
    dataset: str = ""
    data_dir: str = ""
    manual_dir: str = ""
    output: str = ""
    kind: Kind | None = None
    limits: Limits = Limits()
    stage: int | None = None

    def __post_init__(self) -> None:
        if not self.exports:
            raise UserError("name at least one export")
        if self.photographs < 1:
            raise UserError(
                f"--photographs must be at least 1, not {self.photographs}"
            )


def run(arguments: Arguments) -> None:
    """Compares, writes the report and checks the limits.

    Args:
        arguments: From the command line.

    Raises:
        UserError: An export, photograph or data set cannot be read, the
            report cannot be written, or a limit is broken (told after the
            report is written).
    """
    workdir = Workdir(arguments.workdir)
    config = _config(workdir.config, arguments)
    output = _output(arguments)
    # What is exported computes in float32, whatever the training did.
    keras.config.set_dtype_policy("float32")
    reference = KerasRunner(workdir.path, max(THREADS), arguments.stage)
    paths = _names(arguments.exports)
    exports = {
        name: runner_type(path)(path, max(THREADS))
        for name, path in paths.items()
    }
    page = ParityPage()
    compared, photograph = _compare(
        reference, exports, _photographs(config, arguments), page
    )
    results = [
        _result(name, path, compared[name], photograph, arguments)
        for name, path in paths.items()
    ]
    report = {
        "provenance": _provenance(workdir, config, arguments),
        "keras": {"cost": _costs(os.fspath(workdir.path), photograph)},
        "exports": results,
    }
    _write(output, report, page)
    _conclude(results, output)


def _config(config: Config, arguments: Arguments) -> Config:
    """The run's configuration, on the data set that was asked for."""
    given = {
        name: getattr(arguments, name)
        for name in ("dataset", "data_dir", "manual_dir")
        if getattr(arguments, name)
    }
    run_config = dataclasses.replace(config.run, dataset_weights=(), **given)
    return dataclasses.replace(config, run=run_config)


def _names(paths: Iterable[str]) -> dict[str, str]:
    """Paths by their last part, or by themselves where that is not unique."""
    paths = list(dict.fromkeys(paths))
    last = [pathlib.Path(path).name for path in paths]
    unique = len(set(last)) == len(last)
    return dict(zip(last if unique else paths, paths, strict=True))


def _output(arguments: Arguments) -> pathlib.Path:
    if arguments.output:
        return pathlib.Path(arguments.output)
    first = pathlib.Path(arguments.exports[0])
    return first if first.is_dir() else first.parent


def _photographs(config: Config, arguments: Arguments) -> Iterator[Photograph]:
    if arguments.files:
        return (_from_file(name, config) for name in arguments.files)
    return _from_split(config, arguments.split, arguments.photographs)


def _from_file(name: str, config: Config) -> Photograph:
    photograph = read_photograph(name)
    view = find_field_of_view(photograph)
    low_res, high_res = model_input(
        photograph, view, config.low_res_size, config.data.high_res_size
    )
    return Photograph(name, low_res, high_res)


def _from_split(config: Config, split: str, count: int) -> Iterator[Photograph]:
    """The first photographs of a split, half of them annotated."""
    chosen = choose(_annotated(config, split), count)
    if not chosen:
        raise UserError(
            f"--split: {config.run.dataset} has no photograph in {split!r}"
        )
    batches = evaluation_batches(config, split)
    for number, batch in enumerate(
        itertools.islice(batches.as_numpy_iterator(), chosen[-1] + 1)
    ):
        if number in chosen:
            known = batch["has_lesions"][0] > 0
            yield Photograph(
                f"{config.run.dataset} {split} {number}",
                batch["low_res"][0],
                batch["high_res"][0],
                batch["lesions"][0] if known else None,
            )


def _annotated(config: Config, split: str) -> np.ndarray:
    """Whether each photograph of a split has lesion masks, in its order."""
    made = records.builders(config)
    parts = [one for one in made if split in one.info.splits] or made[:1]
    labels = [records.read_labels(one, split) for one in parts]
    return np.concatenate([part.has_lesions for part in labels])


def choose(annotated: np.ndarray, count: int) -> list[int]:
    """Chooses photographs, half of them annotated where there are enough.

    Args:
        annotated: `[N]` bool.
        count: How many to choose; all where there are fewer.

    Returns:
        Their places, in order.
    """
    with_masks = np.flatnonzero(annotated)
    without = np.flatnonzero(~annotated)
    half = max(count // 2, count - len(without))
    taken = with_masks[:half]
    rest = without[: count - len(taken)]
    return sorted(int(place) for place in (*taken, *rest))


def _compare(
    reference: Runner,
    exports: Mapping[str, Runner],
    photographs: Iterator[Photograph],
    page: ParityPage,
) -> tuple[dict[str, Parity], np.ndarray]:
    """One pass over the photographs; the last one's `low_res` comes along."""
    compared = {name: Parity(name) for name in exports}
    low_res = np.zeros(0)
    for number, photograph in enumerate(photographs, start=1):
        low_res = np.ascontiguousarray(photograph.low_res[None], np.float32)
        expected = reference(low_res)
        for name, export in exports.items():
            answer = _answer(name, export, low_res)
            compared[name].update(photograph, expected, answer)
            page.add(name, photograph, expected, answer)
        if sys.stderr.isatty():
            _tell(f"\rcompared {number} photographs")
    _tell("\n" if sys.stderr.isatty() else "")
    return compared, low_res


def _answer(name: str, export: Runner, low_res: np.ndarray) -> Outputs:
    try:
        return export(low_res)
    # Each runtime has exceptions of its own for an input that does not fit.
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UserError(
            f"{name}: cannot run a photograph of {low_res.shape[1]} x "
            f"{low_res.shape[2]} pixels: {reason}"
        ) from None


def _tell(text: str) -> None:
    print(text, end="", file=sys.stderr, flush=True)


def _result(
    name: str,
    path: str,
    parity: Parity,
    low_res: np.ndarray,
    arguments: Arguments,
) -> dict[str, Any]:
    """Everything about one export."""
    kind = arguments.kind or kind_of(path)
    limits = LIMITS[kind].changed(arguments.limits)
    figures = parity.result()
    return {
        "name": name,
        "path": path,
        "kind": kind,
        "size_bytes": size_bytes(path),
        **figures,
        "checks": [
            {
                **dataclasses.asdict(check),
                "failed": check.failed,
                "text": str(check),
            }
            for check in checks(figures, limits)
            if np.isfinite(check.limit)
        ],
        "cost": _costs(path, low_res),
    }


def _costs(path: str, low_res: np.ndarray) -> list[dict[str, Any]]:
    found: list[Cost] = []
    for threads in THREADS:
        _tell(f"timing {path} with {threads} thread{'s'[: threads - 1]}\n")
        found.append(measure_cost(path, threads, low_res))
    return [dataclasses.asdict(cost) for cost in found]


def _provenance(
    workdir: Workdir, config: Config, arguments: Arguments
) -> dict[str, Any]:
    source = (
        {"files": len(arguments.files)}
        if arguments.files
        else {"dataset": config.run.dataset, "split": arguments.split}
    )
    return {
        "workdir": os.fspath(workdir.path),
        "preset": config.run.preset,
        "stage": arguments.stage or workdir.latest_stage(),
        "low_res_size": config.low_res_size,
        "high_res_size": config.data.high_res_size,
        **source,
        "dmtdr_tf": dmtdr_tf.__version__,
        "processor": f"{platform.machine()}, {os.cpu_count()} cores",
    }


def _write(
    output: pathlib.Path, report: Mapping[str, Any], page: ParityPage
) -> None:
    partial = output / f".{JSON_FILE}.partial"
    try:
        output.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(report, indent=2, allow_nan=False) + "\n")
        partial.replace(output / JSON_FILE)
        page.write(output / PAGE_FILE, report)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise UserError(
            f"--output: {output} cannot be written ({error.strerror})"
        ) from None


def _conclude(results: list[dict[str, Any]], output: pathlib.Path) -> None:
    """Says where the report lies; raises where a limit is broken."""
    print(f"Compared: {output / PAGE_FILE}")
    failed = [
        f"{result['name']}: {check['text']}"
        for result in results
        for check in result["checks"]
        if check["failed"]
    ]
    if failed:
        raise UserError("; ".join(failed))
    for result in results:
        if result["missing"]:
            print(f"{result['name']} lacks {', '.join(result['missing'])}")
