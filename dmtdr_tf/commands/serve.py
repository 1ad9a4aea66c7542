"""`dmtdr serve`: an exported model behind TensorFlow Serving's API."""

import asyncio
import dataclasses
import logging
import pathlib
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

from dmtdr_tf.commands.chosen_model import chosen_model
from dmtdr_tf.commands.terminal import say
from dmtdr_tf.exporting.current_export import (
    current_export,
    export_folder,
    is_outdated,
)
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.pretrained.preset_folder import PresetFolder, is_preset
from dmtdr_tf.pretrained.shipped import shipped_models
from dmtdr_tf.serving.log_filter import LogFilter
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
        workdir: The folder of a training run. Its `export/saved_model` is
            served, and exported first if it is missing.
        model: A SavedModel, the name of a model that comes with dmtdr_tf
            (`dmtdr models` lists them), the folder of a preset, a workdir, or
            `hf://user/name`. What is no SavedModel is exported once, into the
            user's cache. The default is a model that comes with dmtdr_tf.
        name: The model's name in requests.
    """

    workdir: str = ""
    model: str = ""
    name: str = "dmtdr"


def check(arguments: Arguments) -> None:
    """Tells the mistakes that can be told without TensorFlow.

    Args:
        arguments: From the command line.

    Raises:
        UserError: There is no such model.
    """
    if _is_saved_model(arguments.model):
        return
    run = chosen_model(arguments)
    if not export_folder(run, "saved_model").exists():
        run.checkpoint()


def run(arguments: Arguments) -> None:
    """Serves until a signal.

    Args:
        arguments: From the command line.

    Raises:
        UserError: There is no model, or a port cannot be used.
    """
    try:
        from dmtdr_tf.serving import server
    except ModuleNotFoundError as error:
        raise UserError(
            f"{error.name} is missing; install it with: pip install "
            "'.[serving]'"
        ) from None
    from dmtdr_tf.serving.served_model import ServedModel

    # Before the model is loaded, or even exported.
    server.check_ports(arguments)
    server.check_tls(arguments)
    _start_log()
    model = ServedModel(
        _saved_model(arguments), arguments.name, arguments.max_batch
    )
    if not model.labels.get("calibration"):
        print(
            "note: this model is not calibrated: `dmtdr calibrate`, and export "
            "it again",
            file=sys.stderr,
        )
    model.warm_up()
    finished = asyncio.run(_serve(model, arguments))
    print("Stopped", file=sys.stderr, flush=True)
    if not finished:
        _end("some requests were not finished")


def _start_log() -> None:
    handler = logging.StreamHandler()
    handler.addFilter(LogFilter())
    logging.basicConfig(
        format="%(asctime)s %(message)s",
        level=logging.WARNING,
        handlers=[handler],
    )
    logging.getLogger("dmtdr_tf.serving").setLevel(logging.INFO)


def _is_saved_model(model: str) -> bool:
    """Whether a folder is none of a trained model, so a SavedModel's."""
    folder = pathlib.Path(model)
    return (
        bool(model)
        and model not in shipped_models()
        and folder.is_dir()
        and not is_preset(folder)
        and not (folder / "config.json").exists()
    )


def _saved_model(arguments: Arguments) -> pathlib.Path:
    if _is_saved_model(arguments.model):
        return pathlib.Path(arguments.model)
    run = chosen_model(arguments, say)
    folder = export_folder(run, "saved_model")
    if isinstance(run, PresetFolder) and not folder.exists():
        say(f"Exporting {run.label} to {folder}, which is done once")
    folder = current_export(run)
    if is_outdated(folder, run):
        say(
            f"note: {folder} is older than the run's weights or calibration; "
            f"replace it with: dmtdr export --workdir {run.path} --overwrite"
        )
    return folder


async def _serve(model: "ServedModel", options: ServerOptions) -> bool:
    from dmtdr_tf.serving.server import serve, stop_on_signals

    scheme = "https" if options.tls_key else "http"

    def print_ready(port: int, rest_port: int) -> None:
        print(
            f"Serving {model.name}: gRPC on {options.host}:{port}, REST on "
            f"{scheme}://{options.host}:{rest_port}/v1/models/{model.name}",
            flush=True,
        )

    stop = asyncio.Event()
    stop_on_signals(stop)
    limit = asyncio.create_task(_end_after(stop, options.grace))
    finished = await serve(model, options, stop, print_ready)
    limit.cancel()
    return finished


async def _end_after(stop: asyncio.Event, seconds: float) -> None:
    """Ends the process where shutting down takes longer than its time."""
    await stop.wait()
    await asyncio.sleep(seconds)
    _end("some requests were not finished")


def _end(message: str) -> NoReturn:
    print(message, file=sys.stderr, flush=True)
    # Python would wait for the thread that computes.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.raise_signal(signal.SIGTERM)
    raise SystemExit(1)
