"""Turns the bodies of REST requests into answers."""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from dmtdr_tf.exporting.signatures import GATE, PHOTOGRAPHS
from dmtdr_tf.serving import rest_format
from dmtdr_tf.serving.engine import Engine
from dmtdr_tf.serving.photograph_form import PhotographForm, read_form
from dmtdr_tf.serving.request_log import RequestLine, hashes
from dmtdr_tf.serving.served_model import Arrays
from dmtdr_tf.serving.serving_error import ServingError
from dmtdr_tf.serving.summary import summaries

__all__ = ["answer_photographs", "answer_predict"]

_SIGNATURE = "serving_bytes"
_PICTURES = ("super_resolution_bytes", "lesions_bytes", "evidence_bytes")
# Numbers in a JSON answer, each about ten bytes.
_MOST_NUMBERS = 10_000_000

Answered = tuple[int, bytes]


async def answer_predict(
    engine: Engine, body: bytes, line: RequestLine
) -> Answered:
    """Answers a request in TensorFlow Serving's JSON.

    Args:
        engine: The model with its queue.
        body: The request's body.
        line: The request's line in the log.

    Returns:
        The status and the answer's body.

    Raises:
        ServingError: The request is wrong or refused.
    """
    deadline = engine.deadline()
    parsed, inputs = await engine.parsing.run(
        lambda: _parse(engine, body), engine.timeout, len(body) / 1e9
    )
    name = parsed["signature_name"]
    line.detail = f" {name[:40]!r}"
    contents = engine.contents(inputs)

    def work() -> bytes:
        line.photographs += hashes(contents)
        outputs = engine.model.predict(
            name, inputs, deadline=deadline, most_numbers=_MOST_NUMBERS
        )
        extra = {}
        if contents:
            extra["summaries"] = summaries(outputs, engine.model.labels)
        return rest_format.write_outputs(outputs, "instances" in parsed, extra)

    left = max(deadline - time.monotonic(), 0.0)
    cost = engine.cost(contents)
    return 200, await engine.admission.run(work, left, cost)


def _parse(engine: Engine, body: bytes) -> tuple[dict[str, Any], Arrays]:
    parsed = rest_format.parse(body)
    signature = engine.model.signature(parsed["signature_name"], True)
    return parsed, rest_format.read_inputs(parsed, signature, (GATE,))


async def answer_photographs(
    engine: Engine,
    body: bytes,
    content_type: str,
    query: Mapping[str, str],
    line: RequestLine,
) -> Answered:
    """Answers a plain request: one photograph, or a form of several.

    A photograph that is refused has an error in its place.

    Args:
        engine: The model with its queue.
        body: The request's body.
        content_type: Its `Content-Type`.
        query: Options in the address.
        line: The request's line in the log.

    Returns:
        The status and the answer's body. The status is that of the first
        error where no photograph has an answer.

    Raises:
        ServingError: The request is wrong.
    """
    deadline = engine.deadline()
    form = await engine.parsing.run(
        lambda: read_form(body, content_type, query), engine.timeout
    )
    if len(form.files) > engine.model.max_batch:
        raise ServingError(
            "INVALID_ARGUMENT",
            f"a request may hold {engine.model.max_batch} photographs, not "
            f"{len(form.files)}",
        )
    answers, errors = [], []
    for name, content in form.files:
        answer = {"file": name} if name else {}
        answer |= {"sha256": hashes([content])[0]}
        line.photographs.append(answer["sha256"])
        try:
            answer |= await _grade(engine, form, content, deadline)
        except ServingError as error:
            answer["error"] = str(error)
            errors.append(error)
        answers.append(answer)
    model = {
        "name": engine.model.name,
        "version": engine.model.version,
        "sha256": engine.model.sha256,
    }
    status = 200
    if len(errors) == len(answers):
        status = errors[0].http_status
    if errors:
        line.status = errors[0].code
        line.reason = f"{len(errors)} of {len(answers)} refused: {errors[0]}"
    content = rest_format.write_json({"model": model, "photographs": answers})
    return status, content


async def _grade(
    engine: Engine, form: PhotographForm, content: bytes, deadline: float
) -> dict[str, Any]:
    def work() -> dict[str, Any]:
        inputs = {
            PHOTOGRAPHS: np.array([content, None], object)[:-1],
            GATE: np.array(form.gate),
        }
        outputs = engine.model.predict(_SIGNATURE, inputs, deadline=deadline)
        (answer,) = summaries(outputs, engine.model.labels)
        if form.pictures:
            answer["pictures"] = {
                name.removesuffix("_bytes"): rest_format.plain(
                    name, outputs[name]
                )[0]
                for name in _PICTURES
            }
        return answer

    left = max(deadline - time.monotonic(), 0.0)
    return await engine.admission.run(work, left, engine.cost([content]))
