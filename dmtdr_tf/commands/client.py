"""`dmtdr client`: photographs sent to a server."""

import contextlib
import dataclasses
import pathlib
import sys
from typing import Annotated, Literal

import numpy as np
import tyro

from dmtdr_tf.client.answer_files import write_answer
from dmtdr_tf.client.upload import upright_content
from dmtdr_tf.commands.predict import find_photographs
from dmtdr_tf.config.quality import QualityConfig
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.staged_folder import staged_folder
from dmtdr_tf.labels import GRADES
from dmtdr_tf.prediction.result_folder import unique_folder
from dmtdr_tf.preprocessing.field_of_view import find_field_of_view
from dmtdr_tf.preprocessing.model_input import model_input
from dmtdr_tf.preprocessing.quality import check_quality, measure_quality
from dmtdr_tf.preprocessing.reading import read_photograph

Signature = Literal["serving_bytes", "serving_default", "grade_only"]


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Sends photographs to TensorFlow Serving, or to `dmtdr serve`.

    Prints a row for each: file, grade and the grades' probabilities,
    separated by tabs.

    Args:
        photographs: JPEG, PNG or TIFF files, or folders of them.
        host: The server.
        port: Its port; by default 8500, with `--rest` 8501.
        rest: Ask by REST instead of gRPC.
        model: The model's name.
        signature: `serving_bytes`, `grade_only` (no pictures), or
            `serving_default` (cropped and reduced here, answered in numbers).
        output: A folder for the pictures; it must not exist.
        timeout: Seconds for the answer to one photograph.
        quality_gate: Send no photograph that is too poor to be graded, by the
            default thresholds of `dmtdr predict`. The server has no gate.
    """

    photographs: Annotated[
        tyro.conf.Positional[tuple[str, ...]],
        tyro.conf.arg(metavar="PHOTO..."),
    ]
    host: str = "127.0.0.1"
    port: int = 0
    rest: bool = False
    model: str = "dmtdr"
    signature: Signature = "serving_bytes"
    output: str = ""
    timeout: float = 60.0
    quality_gate: bool = True

    def __post_init__(self) -> None:
        if not self.photographs:
            raise UserError("name at least one photograph or folder")
        if not 0 <= self.port <= 65535:
            raise UserError(f"--port must be in [0, 65535], not {self.port}")
        if not self.timeout > 0:
            raise UserError(f"--timeout must be above 0, not {self.timeout}")
        if self.output and self.signature == "grade_only":
            raise UserError("--output: grade_only answers without pictures")


def run(arguments: Arguments) -> None:
    """Sends one photograph after the other.

    Args:
        arguments: From the command line.

    Raises:
        UserError: Some photograph has no answer (told after the others have
            theirs), or the output exists or cannot be written.
    """
    files = find_photographs(arguments.photographs)
    with contextlib.ExitStack() as stack:
        folder = None
        if arguments.output:
            output = pathlib.Path(arguments.output)
            if output.exists():
                raise UserError(f"--output: {output} exists; name another")
            folder = stack.enter_context(staged_folder(output))
        client = stack.enter_context(contextlib.closing(_client(arguments)))
        failed = _send_all(files, client, folder, arguments)
        if folder and failed == len(files):
            raise UserError("no photograph has an answer; nothing was written")
    if failed:
        raise UserError(f"{failed} of {len(files)} photographs have no answer")


def _client(arguments):
    port = arguments.port or (8501 if arguments.rest else 8500)
    place = arguments.host, port, arguments.model, arguments.timeout
    if arguments.rest:
        from dmtdr_tf.client.rest_client import RestClient

        return RestClient(*place)
    from dmtdr_tf.client.grpc_client import GrpcClient

    return GrpcClient(*place)


def _send_all(files, client, folder, arguments) -> int:
    """Returns how many photographs have no answer."""
    taken: set[str] = set()
    failed = 0
    print("file", "grade", *GRADES, sep="\t")
    for file in files:
        try:
            if arguments.quality_gate:
                _check_quality(file)
            inputs = _inputs(file, client, arguments.signature)
            answer = client.predict(arguments.signature, inputs)
            row = _row(answer)
        except UserError as error:
            failed += 1
            reason = str(error).removeprefix(f"{file}: ")
            print(f"{file}: {reason}", file=sys.stderr, flush=True)
            continue
        print(file, *row, sep="\t", flush=True)
        if folder:
            write_answer(folder / unique_folder(file.stem, taken), answer)
    return failed


def _check_quality(file):
    photograph = read_photograph(file)
    view = find_field_of_view(photograph)
    check_quality(measure_quality(photograph, view), QualityConfig())


def _inputs(file, client, signature):
    if signature != "serving_default":
        contents = [upright_content(file), None]
        return {"photograph_bytes": np.array(contents, object)[:1]}
    photograph = read_photograph(file)
    low_res_size = client.shape(signature, "low_res")[1]
    high_res_size = client.shape(signature, "super_resolution")[1]
    view = find_field_of_view(photograph)
    low_res, _ = model_input(photograph, view, low_res_size, high_res_size)
    return {"low_res": low_res[None]}


def _row(answer):
    try:
        probabilities = answer["grade_probabilities"][0]
    except KeyError:
        raise UserError("the answer has no grade_probabilities") from None
    grade = int(np.argmax(probabilities))
    return grade, *(f"{p:.4f}" for p in probabilities)
