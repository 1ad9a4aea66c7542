"""`dmtdr web`: serve the browser page on this machine."""

import contextlib
import dataclasses
from typing import Annotated

import tyro

from dmtdr_tf.commands.chosen_model import chosen_model
from dmtdr_tf.commands.terminal import say
from dmtdr_tf.config.checks import require_range
from dmtdr_tf.exporting.current_export import current_export, export_folder
from dmtdr_tf.exporting.web.server import check_page, make_server
from dmtdr_tf.exporting.web.writer import built_page
from dmtdr_tf.files.errors import UserError

__all__ = ["Arguments", "check", "run", "uses_tensorflow"]


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Serves the page that grades photographs in the browser, on loopback.

    Only programs on this machine can reach it. Ctrl-C stops it.

    Args:
        directory: The folder of a page that `dmtdr export --format web` wrote.
            Without it the page is exported once, with the model of the other
            options.
        port: The port to listen on; 0 for any free one.
        allowed_hosts: Further names that the page is opened by; `*` allows
            all. Addresses and `localhost` always are.
        model: The name of a model that comes with dmtdr_tf (`dmtdr models`
            lists them), the folder of a preset, a workdir, or
            `hf://user/name`. The default is a model that comes with dmtdr_tf.
        workdir: The folder of a training run, in place of a model.
    """

    directory: Annotated[
        tyro.conf.Positional[str], tyro.conf.arg(metavar="DIR")
    ] = ""
    port: int = 8080
    allowed_hosts: tuple[str, ...] = ()
    model: str = ""
    workdir: str = ""

    def __post_init__(self) -> None:
        require_range(self, "", ("port",), 0, 65535)
        if self.directory and (self.model or self.workdir):
            raise UserError(
                f"the page in {self.directory} has its own model; give a page "
                "or a model, not both",
                argument="model" if self.model else "workdir",
            )


def check(arguments: Arguments) -> None:
    """Refuses a folder without a page, and a model that is not there.

    Args:
        arguments: From the command line.

    Raises:
        UserError: The folder holds no page, there is no such model, or the
            page was not built.
    """
    if arguments.directory:
        check_page(arguments.directory)
        return
    run = chosen_model(arguments)
    if not export_folder(run, "web").exists():
        built_page()
        run.checkpoint()


def uses_tensorflow(arguments: Arguments) -> bool:
    """Tells whether the page has to be exported first.

    Args:
        arguments: From the command line, checked.
    """
    return (
        not arguments.directory
        and not export_folder(chosen_model(arguments), "web").exists()
    )


def run(arguments: Arguments) -> None:
    """Serves until it is interrupted.

    Args:
        arguments: From the command line.

    Raises:
        UserError: The folder holds no page, or the port cannot be used.
    """
    directory = arguments.directory
    if not directory:
        model = chosen_model(arguments, say)
        folder = export_folder(model, "web")
        if not folder.exists():
            say(
                f"Exporting the page with {model.label} to {folder}, which "
                "takes a minute or two and is done once"
            )
        directory = str(current_export(model, "web"))
    check_page(directory)
    server = make_server(directory, arguments.port, arguments.allowed_hosts)
    with server, contextlib.suppress(KeyboardInterrupt):
        # Flushed: whoever waits for the address may read it from a pipe.
        print(f"http://127.0.0.1:{server.server_port}/", flush=True)
        server.serve_forever()
