"""The console script `dmtdr`."""

import contextlib
import dataclasses
import difflib
import importlib
import os
import pathlib
import sys
import tempfile
from collections.abc import Iterator, Sequence

import dmtdr_tf
from dmtdr_tf.commands.failures import guarded, safely
from dmtdr_tf.commands.terminal import finish_streams, prepare_streams, show
from dmtdr_tf.config import RunConfig
from dmtdr_tf.files.errors import UserError

__all__ = [
    "COMMANDS",
    "guarded",
    "main",
    "run",
    "run_command",
    "start_tensorflow",
]

COMMANDS = {
    "datasets": "List, prepare and check data sets.",
    "train": "Train a model.",
    "evaluate": "Evaluate a trained model on a split.",
    "compare": "Compare two trained models on the same photographs.",
    "calibrate": "Fit probabilities, referral and the set of grades.",
    "predict": "Grade photographs and write a report.",
    "export": "Export a trained model for serving, devices or the browser.",
    "serve": "Serve a SavedModel over TensorFlow Serving's API.",
    "client": "Send photographs to a server.",
    "parity": "Compare exported models with the Keras model.",
    "web": "Serve the browser page on this machine.",
    "models": "List the trained models that come with dmtdr_tf.",
}

_USAGE = (
    "usage: {program} COMMAND [OPTIONS]\n\n"
    "Grade diabetic retinopathy in low-resolution fundus photographs.\n\n"
    "commands:\n"
    + "".join(f"  {name:10}{text}\n" for name, text in COMMANDS.items())
    + "\nRun `{program} COMMAND --help` for the options of a command, and "
    "`{program} --version`\nfor the version."
)


def run_command(argv: Sequence[str]) -> None:
    """Runs one command of `dmtdr`.

    Args:
        argv: The command's name and its options.

    Raises:
        UserError: There is no such command, or the command raised it.
    """
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(_USAGE.format(program=_program()))
        return
    name, options = argv[0], list(argv[1:])
    if name in ("-V", "--version", "version"):
        show(f"dmtdr_tf {dmtdr_tf.__version__}")
        return
    if name not in COMMANDS:
        raise _unknown(name)
    module = importlib.import_module(f"dmtdr_tf.commands.{name}")
    try:
        if name == "train":
            config, stage = module.parse(options, _program("train"))
            start_tensorflow()
            module.run(config, stage)
            return
        from dmtdr_tf.commands.parsing import parse

        arguments = parse(module.Arguments, options, _program(name))
        # TensorFlow takes seconds to import: mistakes that can be told
        # without it come first.
        module.check(arguments)
        needed = getattr(module, "uses_tensorflow", lambda arguments: True)
        if needed(arguments):
            start_tensorflow()
        module.run(arguments)
    except UserError as error:
        raise _with_option(error, module.Arguments) from None


def _unknown(name: str) -> UserError:
    if name.startswith("-"):
        return UserError(
            f"{name} is no option of {_program()}; name a command first: "
            f"{', '.join(COMMANDS)}"
        )
    close = difflib.get_close_matches(name.lower(), COMMANDS, 1)
    hint = f"did you mean {close[0]}? " if close else ""
    return UserError(
        f"unknown command {name!r}; {hint}choose from {', '.join(COMMANDS)}"
    )


def _program(command: str = "") -> str:
    """How this program was called, as help and errors say it."""
    called = pathlib.Path(sys.argv[0])
    if called.name == "train.py":
        return "python train.py"
    is_module = called.parts[-2:] == ("dmtdr_tf", "__main__.py")
    name = "python -m dmtdr_tf" if is_module else "dmtdr"
    return f"{name} {command}".rstrip()


def _with_option(error: UserError, arguments: type) -> UserError:
    """Replaces the argument that an error names by the command's option."""
    # The options of a run have no prefix: `run.replicas` is `--replicas`.
    argument = error.argument.removeprefix("run.")
    known = {field.name for field in dataclasses.fields(arguments)}
    if "run" in known:
        known |= {field.name for field in dataclasses.fields(RunConfig)}
    if not argument or argument.partition(".")[0] not in known:
        return error
    option = "--" + argument.replace("_", "-")
    return UserError(error.message, argument=option)


def start_tensorflow() -> None:
    """Imports TensorFlow without its messages about drivers and processors.

    TensorFlow writes them directly to the standard error of the process,
    before any log level applies. They are collected in a temporary file, and
    shown only if the import fails.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    # A folder that cannot exist: no keras.json is read or written.
    os.environ["KERAS_HOME"] = os.path.join(os.devnull, "keras")
    with _collected_messages():
        import absl.logging
        import tensorflow as tf

        tf.config.list_physical_devices()
        absl.logging.set_verbosity(absl.logging.ERROR)


@contextlib.contextmanager
def _collected_messages() -> Iterator[None]:
    """Collects what is written to standard error; shows it after an error."""
    with contextlib.ExitStack() as stack:
        try:
            messages = stack.enter_context(tempfile.TemporaryFile())
            screen = os.dup(2)
        except OSError:
            # No folder for temporary files, or no standard error.
            yield
            return
        os.dup2(messages.fileno(), 2)
        try:
            yield
        except BaseException:
            messages.seek(0)
            os.write(screen, messages.read())
            raise
        finally:
            os.dup2(screen, 2)
            os.close(screen)


def run(argv: Sequence[str]) -> int:
    """Runs one command, whatever goes wrong in it.

    Args:
        argv: The command's name and its options.

    Returns:
        The exit status, as `guarded`, or 1 after an unexpected error.
    """
    prepare_streams()
    try:
        return safely(lambda: guarded(lambda: run_command(argv)))
    finally:
        finish_streams()


def main() -> None:
    """Runs the console script."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
