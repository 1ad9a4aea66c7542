"""`dmtdr serve`: an exported model behind TensorFlow Serving's API."""

import asyncio
import dataclasses
import logging
import pathlib
import sys
from typing import TYPE_CHECKING

from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.exporting.current_saved_model import (
    current_saved_model,
    is_outdated,
)
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.serving.server_options import ServerOptions

if TYPE_CHECKING:
    from dmtdr_tf.serving.served_model import ServedModel

__all__ = ["Arguments", "check", "run"]


@dataclasses.dataclass(frozen=True)
class Arguments(ServerOptions):
    """Serves a model through TensorFlow Serving's gRPC and REST API.

    For a laptop or a test; `export/serving/` has what a hospital's server
    needs. SIGTERM and Ctrl-C finish running requests before they stop it.

    Args:
        workdir: The run's folder. Its `export/saved_model` is served, and
            exported first if it is missing.
        model: A SavedModel to serve instead.
        name: The model's name in requests.
    """

    workdir: str = "runs/default"
    model: str = ""
    name: str = "dmtdr"


def check(arguments: Arguments) -> None:
    """Tells the mistakes that can be told without TensorFlow.

    Args:
        arguments: From the command line.

    Raises:
        UserError: There is no such folder, or the workdir holds no run.
    """
    if not arguments.model:
        _ = RunFolder(arguments.workdir).config
    elif not pathlib.Path(arguments.model).is_dir():
        raise UserError(
            f"{arguments.model} is no folder; name a SavedModel",
            argument="model",
        )


def run(arguments: Arguments) -> None:
    """Serves until a signal.

    Args:
        arguments: From the command line.

    Raises:
        UserError: There is no model, or a port cannot be used.
    """
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ModuleNotFoundError as error:
        raise UserError(
            f"{error.name} is missing; install it with: pip install "
            "'.[serving]'"
        ) from None
    from dmtdr_tf.serving.served_model import ServedModel

    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.WARNING)
    logging.getLogger("dmtdr_tf.serving").setLevel(logging.INFO)
    model = ServedModel(
        _saved_model(arguments), arguments.name, arguments.max_batch
    )
    model.warm_up()
    asyncio.run(_serve(model, arguments))


def _saved_model(arguments: Arguments) -> pathlib.Path:
    if arguments.model:
        return pathlib.Path(arguments.model)
    workdir = RunFolder(arguments.workdir)
    folder = current_saved_model(workdir)
    if is_outdated(folder, workdir):
        print(
            f"note: {folder} is older than the run's weights; replace it with: "
            f"dmtdr export --workdir {workdir.path} --overwrite",
            file=sys.stderr,
        )
    return folder


async def _serve(model: "ServedModel", options: ServerOptions) -> None:
    from dmtdr_tf.serving.server import serve, stop_on_signals

    def print_ready(port: int, rest_port: int) -> None:
        print(
            f"Serving {model.name}: gRPC on {options.host}:{port}, REST on "
            f"http://{options.host}:{rest_port}/v1/models/{model.name}",
            flush=True,
        )

    stop = asyncio.Event()
    stop_on_signals(stop)
    await serve(model, options, stop, print_ready)
    print("Stopped", file=sys.stderr)
