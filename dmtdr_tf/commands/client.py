"""`dmtdr client`: send photographs to a server."""

import dataclasses
import os
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from dmtdr_tf.commands.terminal import say, show_row
from dmtdr_tf.config.checks import require_range
from dmtdr_tf.config.quality import QualityConfig
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import GRADES
from dmtdr_tf.prediction.photograph_files import check_named, find_photographs

if TYPE_CHECKING:
    from dmtdr_tf.client import Answer, ModelClient

__all__ = ["Arguments", "check", "run"]

# As in dmtdr_tf.client.sending, which imports TensorFlow.
Signature = Literal["serving_bytes", "serving_default", "grade_only"]


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Sends photographs to TensorFlow Serving or to `dmtdr serve`.

    Prints one row per photograph: the file, the grade and the probability of
    each grade, separated by tabs.

    Args:
        photographs: JPEG, PNG or TIFF files, or folders of them.
        host: The server.
        port: Its port; by default 8500, or 8501 with `--rest`.
        rest: Use REST instead of gRPC.
        model: The model's name.
        signature: `serving_bytes`, `grade_only` (without pictures), or
            `serving_default` (cropped and reduced here, answered in numbers).
        output: A new folder for the pictures.
        timeout: Seconds to wait for the answer to one photograph.
        quality_gate: Refuse photographs whose quality is below the thresholds
            of the served model.
        tls: Encrypt, and check the server's certificate.
        tls_ca: A PEM file with the authorities to trust, for a certificate
            that is not of a public one; it implies `tls`.
        token_file: A file whose only line is the server's token.
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
    tls: bool = False
    tls_ca: str = ""
    token_file: str = ""

    def __post_init__(self) -> None:
        if not self.photographs:
            raise UserError("name at least one photograph or folder")
        require_range(self, "", ("port",), 0, 65535)
        if not self.timeout > 0:
            raise UserError(
                f"must be above 0, not {self.timeout}", argument="timeout"
            )
        if self.output and self.signature == "grade_only":
            raise UserError(
                "grade_only answers without pictures", argument="output"
            )


def check(arguments: Arguments) -> None:
    """Tells the mistakes that can be told without TensorFlow.

    Args:
        arguments: From the command line.

    Raises:
        UserError: A folder has no photograph, or the output exists.
    """
    check_named(find_photographs(arguments.photographs))
    if arguments.output and os.path.lexists(arguments.output):
        raise UserError(
            f"{arguments.output} exists; name another folder",
            argument="output",
        )


def run(arguments: Arguments) -> None:
    """Sends the photographs and prints each answer as it arrives.

    Args:
        arguments: From the command line.

    Raises:
        UserError: Some photograph has no answer (raised after the others have
            theirs), or the output exists or cannot be written.
    """
    from dmtdr_tf.client import Security, connect, send_photographs

    files = find_photographs(arguments.photographs, say)
    with connect(
        arguments.host,
        arguments.port,
        arguments.model,
        arguments.timeout,
        rest=arguments.rest,
        security=Security(
            arguments.tls, arguments.tls_ca, arguments.token_file
        ),
    ) as client:
        show_row("file", "grade", *GRADES, "referable", "grades")
        answers = send_photographs(
            client,
            files,
            signature=arguments.signature,
            gate=arguments.quality_gate,
            quality=_own_thresholds(client) if arguments.quality_gate else None,
            output=arguments.output or None,
            observe=_print,
        )
    failed = sum(bool(answer.error) for answer in answers)
    if failed:
        raise UserError(f"{failed} of {len(files)} photographs have no answer")


def _own_thresholds(client: "ModelClient") -> QualityConfig | None:
    """The default thresholds, for a model that checks nothing by itself."""
    from dmtdr_tf.client import RequestError
    from dmtdr_tf.client.model_client import LABELS_SIGNATURE

    try:
        if client.has_signature(LABELS_SIGNATURE):
            return None
    except RequestError:
        # Said for each photograph.
        return None
    say(
        "note: this model was exported by an earlier version and has no "
        "quality gate; the default thresholds are used"
    )
    return QualityConfig()


def _print(answer: "Answer") -> None:
    if answer.error:
        say(f"{answer.file}: {answer.error}")
        return
    probabilities = (f"{p:.4f}" for p in answer.probabilities)
    show_row(
        str(answer.file),
        str(answer.grade),
        *probabilities,
        "yes" if answer.is_referable else "no",
        _set(answer),
    )


def _set(answer: "Answer") -> str:
    """The set of grades; a hyphen where the model has none."""
    if answer.grade_set is None:
        return "-"
    low, high = answer.grade_set
    return f"{low} to {high}" if low < high else f"{low}"
