"""Sends photographs to a server."""

import contextlib
import dataclasses
import os
import pathlib
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import numpy as np

from dmtdr_tf.calibration import OperatingPoint
from dmtdr_tf.client.answer import Answer
from dmtdr_tf.client.answer_files import write_answer
from dmtdr_tf.client.model_client import ModelClient
from dmtdr_tf.client.request_error import RequestError
from dmtdr_tf.client.upload import upright_content
from dmtdr_tf.config.quality import QualityConfig
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.staged_folder import staged_folder
from dmtdr_tf.prediction.result_folder import unique_folder
from dmtdr_tf.preprocessing import prepare

__all__ = ["Signature", "send_photographs"]

# Of a signature whose inputs include the gate.
_WITH_GATE = "_with_gate"
# What a server puts before the reason why it refuses a photograph.
_REFUSED = ("INVALID_ARGUMENT: ", "400: ")
Signature = Literal["serving_bytes", "serving_default", "grade_only"]


def send_photographs(
    client: ModelClient,
    photographs: Iterable[str | os.PathLike[str]],
    *,
    signature: Signature = "serving_bytes",
    gate: bool = True,
    quality: QualityConfig | None = None,
    output: str | os.PathLike[str] | None = None,
    observe: Callable[[Answer], None] = lambda answer: None,
) -> list[Answer]:
    """Sends one photograph after the other.

    Args:
        client: From `connect`.
        photographs: JPEG, PNG or TIFF files.
        signature: `"serving_bytes"`, `"grade_only"` (without pictures), or
            `"serving_default"` (cropped and reduced here, answered in
            numbers).
        gate: Refuse photographs whose quality is below the thresholds of the
            served model. The server checks files; numbers are checked here.
        quality: Thresholds below which a photograph is not even sent; None
            sends all.
        output: The folder for the pictures, which must not exist; None writes
            none. It is written whole or not at all.
        observe: Called with each answer as it arrives.

    Returns:
        The answers, in the order of the photographs.

    Raises:
        UserError: The output exists or cannot be written, or no photograph
            has an answer to be written there.

    Example:
    ```python
    with connect("127.0.0.1") as client:
        answers = send_photographs(client, ["eye.jpg"], output="answers")
    answers[0].grade  # 2
    ```
    """
    files = [pathlib.Path(photograph) for photograph in photographs]
    with contextlib.ExitStack() as stack:
        folder = None
        if output is not None:
            folder = stack.enter_context(_new_folder(output))
        answers = []
        folders: set[str] = set()
        for file in files:
            answers.append(
                _send(client, file, signature, gate, quality, folder, folders)
            )
            observe(answers[-1])
        if folder and all(answer.error for answer in answers):
            raise UserError("no photograph has an answer; nothing was written")
    return answers


def _new_folder(
    output: str | os.PathLike[str],
) -> contextlib.AbstractContextManager[pathlib.Path]:
    if pathlib.Path(output).exists():
        raise UserError(
            f"{os.fspath(output)} exists; name another folder",
            argument="output",
        )
    return staged_folder(output)


def _send(
    client: ModelClient,
    file: pathlib.Path,
    signature: Signature,
    gate: bool,
    quality: QualityConfig | None,
    folder: pathlib.Path | None,
    folders: set[str],
) -> Answer:
    try:
        if gate and signature == "serving_default":
            quality = quality or _served_thresholds(client)
        inputs = dict(_inputs(file, client, signature, quality))
        name: str = signature
        if not gate and client.has_signature(signature + _WITH_GATE):
            name += _WITH_GATE
            inputs["gate"] = np.array(False)
        outputs = client.predict(name, inputs)
        if "grade_probabilities" not in outputs:
            raise RequestError("the answer has no grade_probabilities")
        point = OperatingPoint.from_labels(client.labels)
    except (UserError, OSError, MemoryError) as error:
        text = str(error).removeprefix(f"{file}: ")
        for prefix in _REFUSED:
            text = text.removeprefix(prefix)
        return Answer(file, error=text or type(error).__name__)
    if folder:
        write_answer(folder / unique_folder(file.stem, folders), outputs)
    probabilities = tuple(outputs["grade_probabilities"][0].tolist())
    return Answer(file, probabilities, operating_point=point)


def _served_thresholds(client: ModelClient) -> QualityConfig | None:
    """The thresholds of the served model; None if it does not tell them."""
    told = client.labels.get("quality")
    if told is None:
        return None
    names = {field.name for field in dataclasses.fields(QualityConfig)}
    return QualityConfig(**{k: v for k, v in told.items() if k in names})


def _inputs(
    file: pathlib.Path,
    client: ModelClient,
    signature: Signature,
    quality: QualityConfig | None,
) -> Mapping[str, np.ndarray]:
    if signature == "serving_default":
        prepared = prepare(file, quality)
        low_res_size = client.shape(signature, "low_res")[1]
        high_res_size = client.shape(signature, "super_resolution")[1]
        low_res, _ = prepared.model_input(low_res_size, high_res_size)
        return {"low_res": low_res[None]}
    if quality:
        prepare(file, quality)
    # NumPy would make an array of fixed-width bytes of the file alone.
    contents = np.empty(1, object)
    contents[0] = upright_content(file)
    return {"photograph_bytes": contents}
