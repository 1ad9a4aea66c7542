"""`dmtdr web`: serve the browser page on this machine."""

import contextlib
import dataclasses
import pathlib
from typing import Annotated

import tyro

from dmtdr_tf.exporting.web.server import make_server
from dmtdr_tf.exporting.web.writer import INFO_FILE
from dmtdr_tf.files.errors import UserError


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Serves a page that `dmtdr export --format web` wrote, on loopback.

    Only programs of this machine reach it. Ctrl-C ends it.

    Args:
        directory: The page's folder.
        port: The port to listen on; 0 for any that is free.
    """

    directory: Annotated[
        tyro.conf.Positional[str], tyro.conf.arg(metavar="DIR")
    ]
    port: int = 8080

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise UserError(
                f"must be in [0, 65535], not {self.port}", argument="port"
            )


def run(arguments: Arguments) -> None:
    """Serves until it is interrupted.

    Args:
        arguments: From the command line.

    Raises:
        UserError: The folder is no page, or the port cannot be used.
    """
    directory = pathlib.Path(arguments.directory)
    if not (directory / INFO_FILE).is_file():
        raise UserError(
            f"{directory}: no browser page; write one with "
            "`dmtdr export --format web`"
        )
    try:
        server = make_server(directory, arguments.port)
    except OSError as error:
        raise UserError(
            f"{arguments.port} cannot be used ({error.strerror})",
            argument="port",
        ) from None
    with server, contextlib.suppress(KeyboardInterrupt):
        # Flushed: what waits for the address may read it from a pipe.
        print(f"http://127.0.0.1:{server.server_port}/", flush=True)
        server.serve_forever()
