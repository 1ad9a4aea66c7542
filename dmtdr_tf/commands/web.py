"""`dmtdr web`: serve the browser page on this machine."""

import contextlib
import dataclasses
from typing import Annotated

import tyro

from dmtdr_tf.config.checks import require_range
from dmtdr_tf.exporting.web.server import check_page, make_server

__all__ = ["Arguments", "check", "run"]


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Serves the page that `dmtdr export --format web` wrote, on loopback.

    Only programs on this machine can reach it. Ctrl-C stops it.

    Args:
        directory: The page's folder.
        port: The port to listen on; 0 for any free one.
        allowed_hosts: Further names that the page is opened by; `*` allows
            all. Addresses and `localhost` always are.
    """

    directory: Annotated[
        tyro.conf.Positional[str], tyro.conf.arg(metavar="DIR")
    ]
    port: int = 8080
    allowed_hosts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_range(self, "", ("port",), 0, 65535)


def check(arguments: Arguments) -> None:
    """Refuses a folder without a page.

    Args:
        arguments: From the command line.

    Raises:
        UserError: The folder holds no page.
    """
    check_page(arguments.directory)


def run(arguments: Arguments) -> None:
    """Serves until it is interrupted.

    Args:
        arguments: From the command line.

    Raises:
        UserError: The folder holds no page, or the port cannot be used.
    """
    check_page(arguments.directory)
    server = make_server(
        arguments.directory, arguments.port, arguments.allowed_hosts
    )
    with server, contextlib.suppress(KeyboardInterrupt):
        # Flushed: whoever waits for the address may read it from a pipe.
        print(f"http://127.0.0.1:{server.server_port}/", flush=True)
        server.serve_forever()
