"""`dmtdr serve`: an exported model behind TensorFlow Serving's API."""

import asyncio
import dataclasses
import logging
import pathlib
import sys

from dmtdr_tf.commands import export
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.serving.server_options import ServerOptions


@dataclasses.dataclass(frozen=True)
class Arguments(ServerOptions):
    """Serves a model by the gRPC and REST API of TensorFlow Serving.

    For a laptop or a test; `export/serving/` has what a hospital's server
    needs. SIGTERM and Ctrl-C finish what runs.

    Args:
        workdir: The run's folder. Its `export/saved_model` is served, and
            written first where it is missing.
        model: A SavedModel to serve instead.
        name: The name that clients ask for.
    """

    workdir: str = "runs/default"
    model: str = ""
    name: str = "dmtdr"


def run(arguments: Arguments) -> None:
    """Serves until a signal.

    Args:
        arguments: From the command line.

    Raises:
        UserError: There is no model, or a port cannot be had.
    """
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ModuleNotFoundError as error:
        raise UserError(
            f"{error.name} is missing; pip install 'dmtdr-tf[serving]'"
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
    workdir = pathlib.Path(arguments.workdir)
    folder = workdir / "export" / "saved_model"
    if not folder.exists():
        export.run(export.Arguments(workdir=arguments.workdir, parity=0))
    written = folder.stat().st_mtime
    trained = (p.stat().st_mtime for p in workdir.glob("*/best.weights.h5"))
    if max(trained, default=written) > written:
        print(
            f"note: {folder} is older than the run's weights; write it anew "
            "with: dmtdr export --overwrite",
            file=sys.stderr,
        )
    return folder


async def _serve(model, options) -> None:
    from dmtdr_tf.serving.server import serve, stop_on_signals

    def ready(port: int, rest_port: int) -> None:
        print(
            f"Serving {model.name}: gRPC on {options.host}:{port}, REST on "
            f"http://{options.host}:{rest_port}/v1/models/{model.name}",
            flush=True,
        )

    stop = asyncio.Event()
    stop_on_signals(stop)
    await serve(model, options, stop, ready)
    print("Stopped", file=sys.stderr)
