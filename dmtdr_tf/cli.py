"""The console script `dmtdr`."""

import dataclasses
import importlib
import os
import sys
import tempfile
from collections.abc import Callable, Sequence

from dmtdr_tf.config import RunConfig
from dmtdr_tf.files.errors import UserError

__all__ = ["COMMANDS", "guarded", "main", "run_command", "start_tensorflow"]

COMMANDS = {
    "datasets": "List, prepare and check data sets.",
    "train": "Train a model.",
    "evaluate": "Evaluate a trained model on a split.",
    "predict": "Grade photographs and write a report.",
    "export": "Export a trained model for serving, devices or the browser.",
    "serve": "Serve a SavedModel over TensorFlow Serving's API.",
    "client": "Send photographs to a server.",
    "parity": "Compare exported models with the Keras model.",
    "web": "Serve the browser page on this machine.",
}

USAGE = (
    "usage: dmtdr COMMAND [OPTIONS]\n\n"
    "Grade diabetic retinopathy in low-resolution fundus photographs.\n\n"
    "commands:\n"
    + "".join(f"  {name:10}{text}\n" for name, text in COMMANDS.items())
    + "\nRun `dmtdr COMMAND --help` for the options of a command."
)


def guarded(function: Callable[[], None]) -> int:
    """Runs a command and reports expected errors in one line.

    The line goes to standard error. Mistakes of the user, errors of the file
    system and TensorFlow's own errors are expected; others propagate.

    Args:
        function: The command.

    Returns:
        The exit status: 0 for success, 2 after an error, 130 after an
        interruption.

    Example:
    >>> guarded(lambda: None)
    0
    """
    try:
        function()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        # For example a full or read-only disk, at any point of the command.
        if error.filename is None and error.errno is None:
            raise
        subject = error.filename or "writing"
        print(f"error: {subject}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except Exception as error:
        # TensorFlow's own errors, such as a damaged record or a full disk.
        tensorflow = sys.modules.get("tensorflow")
        if tensorflow is None or not isinstance(
            error, tensorflow.errors.OpError
        ):
            raise
        reason = error.message.strip().splitlines()[0]
        print(
            f"error: TensorFlow: {type(error).__name__}: {reason}",
            file=sys.stderr,
        )
        return 2
    return 0


def run_command(argv: Sequence[str]) -> None:
    """Runs one command of `dmtdr`.

    Args:
        argv: The command's name and its options.

    Raises:
        UserError: There is no such command, or the command raised it.
    """
    if not argv or argv[0] in ("-h", "--help"):
        print(USAGE)
        return
    name, options = argv[0], list(argv[1:])
    if name not in COMMANDS:
        raise UserError(
            f"unknown command {name!r}; choose from {', '.join(COMMANDS)}"
        )
    # TensorFlow is slow to import, and these do not need it.
    if name != "web" and [name, *options[:1]] != ["datasets", "list"]:
        start_tensorflow()
    module = importlib.import_module(f"dmtdr_tf.commands.{name}")
    try:
        if name == "train":
            module.main(options)
            return
        from dmtdr_tf.commands.parsing import parse

        module.run(parse(module.Arguments, options, f"dmtdr {name}"))
    except UserError as error:
        raise _with_option(error, module.Arguments) from None


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
    with tempfile.TemporaryFile() as messages:
        screen = os.dup(2)
        os.dup2(messages.fileno(), 2)
        try:
            import absl.logging
            import tensorflow as tf

            tf.config.list_physical_devices()
            absl.logging.set_verbosity(absl.logging.ERROR)
        except BaseException:
            messages.seek(0)
            os.write(screen, messages.read())
            raise
        finally:
            os.dup2(screen, 2)
            os.close(screen)


def main() -> None:
    """Runs the console script."""
    sys.exit(guarded(lambda: run_command(sys.argv[1:])))


if __name__ == "__main__":
    main()
