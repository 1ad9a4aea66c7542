"""Compares exports with the Keras model they were made from."""

import dataclasses
import os
import pathlib
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

import dmtdr_tf
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.exporting.labels import LABELS_FILE
from dmtdr_tf.exporting.precision import float32_policy
from dmtdr_tf.exporting.saved_model.writer import EXTRA
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.json_file import read_object
from dmtdr_tf.parity.checks import checks
from dmtdr_tf.parity.cost import measure_cost, size_bytes
from dmtdr_tf.parity.differences import Parity
from dmtdr_tf.parity.limits import LIMITS, Kind, Limits, kind_of
from dmtdr_tf.parity.photograph import Photograph
from dmtdr_tf.parity.photograph_source import PhotographSource
from dmtdr_tf.parity.runners.keras_runner import KerasRunner
from dmtdr_tf.parity.runners.runner import Outputs, Runner
from dmtdr_tf.parity.runners.runner_type import runner_type

__all__ = ["compare_exports"]

# How many threads each model is timed with.
THREADS = (1, 2)

Observer = Callable[[str, Photograph, Outputs, Outputs], None]
Progress = Callable[[str], None]


def compare_exports(
    exports: Sequence[str | os.PathLike[str]],
    run: RunFolder,
    source: PhotographSource,
    *,
    stage: int | None = None,
    kind: Kind | None = None,
    limits: Limits | None = None,
    timings: bool = False,
    observe: Observer = lambda name, photograph, keras, export: None,
    progress: Progress = lambda text: None,
) -> dict[str, Any]:
    """Runs exports and their Keras model on the same photographs.

    Args:
        exports: SavedModel folders, `.tflite` and `.onnx` files.
        run: The folder of the run they are exports of.
        source: The photographs to compare on.
        stage: The stage whose best checkpoint they are compared with; the
            latest finished one by default.
        kind: How exact the exports should be; derived from their names by
            default.
        limits: Limits that replace those of the kind.
        timings: Also measure time and memory, of the exports and of the Keras
            model, in two processes each.
        observe: Called with each export's name and photograph, and the
            answers of the Keras model and of the export.
        progress: Called with a line of text as the work goes on.

    Returns:
        `provenance`, `keras` and `exports`, ready for JSON: what `dmtdr
        parity` writes to `parity.json`. `cost` is empty without timings.

    Raises:
        UserError: An export, a photograph or the data set cannot be read, or
            an export does not fit the run.

    Example:
    ```python
    run = RunFolder("runs/demo")
    source = PhotographSource(run.config, count=20)
    report = compare_exports(["model.tflite"], run, source)
    report["exports"][0]["grades_kept"]
    ```
    """
    paths = _by_name(exports)
    with float32_policy():
        reference = KerasRunner(
            run.path, max(THREADS), stage, _symmetries(paths)
        )
        runners = {
            name: runner_type(path)(path, max(THREADS))
            for name, path in paths.items()
        }
        parities, low_res = _compare(
            reference, runners, source, observe, progress
        )

    def costs(path: str) -> list[dict[str, Any]]:
        return _costs(path, low_res, progress) if timings else []

    return {
        "provenance": _provenance(run, stage, source),
        "keras": {"cost": costs(os.fspath(run.path))},
        "exports": [
            {
                **_figures(name, path, parities[name], kind, limits),
                "cost": costs(path),
            }
            for name, path in paths.items()
        ],
    }


def _by_name(paths: Iterable[str | os.PathLike[str]]) -> dict[str, str]:
    """Paths by their last part, or by themselves where that is not unique."""
    unique = list(dict.fromkeys(os.fspath(path) for path in paths))
    last = [pathlib.Path(path).name for path in unique]
    names = last if len(set(last)) == len(last) else unique
    return dict(zip(names, unique, strict=True))


def _symmetries(paths: Mapping[str, str]) -> int:
    """How many symmetries the exports average over."""
    numbers = {name: _symmetries_of(path) for name, path in paths.items()}
    if len(set(numbers.values())) > 1:
        averaging = max(numbers, key=lambda name: numbers[name])
        raise UserError(
            f"{averaging} averages over {numbers[averaging]} symmetries and "
            "other exports do not; compare it in a command of its own",
            argument="exports",
        )
    return max(numbers.values(), default=1)


def _symmetries_of(path: str) -> int:
    """What a SavedModel says of itself; every other export has one."""
    file = pathlib.Path(path, EXTRA, LABELS_FILE)
    if not file.is_file():
        return 1
    return 8 if read_object(file, "SavedModel").get("symmetries") == 8 else 1


def _compare(
    reference: Runner,
    exports: Mapping[str, Runner],
    photographs: Iterable[Photograph],
    observe: Observer,
    progress: Progress,
) -> tuple[dict[str, Parity], np.ndarray]:
    """One pass over the photographs; also returns the last `low_res`."""
    parities = {name: Parity(name) for name in exports}
    low_res = np.zeros(0)
    for number, photograph in enumerate(photographs, start=1):
        low_res = np.ascontiguousarray(photograph.low_res[None], np.float32)
        expected = reference(low_res)
        for name, export in exports.items():
            answer = _answer(name, export, low_res)
            parities[name].update(photograph, expected, answer)
            observe(name, photograph, expected, answer)
        progress(f"compared {number} photographs")
    return parities, low_res


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


def _figures(
    name: str,
    path: str,
    parity: Parity,
    kind: Kind | None,
    limits: Limits | None,
) -> dict[str, Any]:
    """What is known about one export, without its cost."""
    kind = kind or kind_of(path)
    held_to = LIMITS[kind].changed(limits or Limits())
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
            for check in checks(figures, held_to)
            if np.isfinite(check.limit)
        ],
    }


def _costs(
    path: str, low_res: np.ndarray, progress: Progress
) -> list[dict[str, Any]]:
    costs = []
    for threads in THREADS:
        progress(f"timing {path} with {threads} thread{'s'[: threads - 1]}")
        costs.append(measure_cost(path, threads, low_res))
    return [dataclasses.asdict(cost) for cost in costs]


def _provenance(
    run: RunFolder, stage: int | None, source: PhotographSource
) -> dict[str, Any]:
    config = source.config
    return {
        "workdir": run.label,
        "preset": config.run.preset,
        "stage": stage or run.latest_stage(),
        "low_res_size": config.low_res_size,
        "high_res_size": config.data.high_res_size,
        **source.provenance,
        "dmtdr_tf": dmtdr_tf.__version__,
        "processor": f"{platform.machine()}, {os.cpu_count()} cores",
    }
