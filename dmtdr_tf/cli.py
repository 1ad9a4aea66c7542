"""The console script `dmtdr`."""

import dataclasses
import importlib
import os
import sys
import tempfile
from collections.abc import Callable, Sequence

from dmtdr_tf.config import RunConfig
from dmtdr_tf.files.errors import UserError

COMMANDS = {
    "datasets": "check a data set: counts, duplicates, a contact sheet",
    "train": "train a model (as train.py does)",
    "evaluate": "measure a trained model on a split",
    "predict": "grade photographs and write a report",
    "export": "write a trained model for serving",
    "serve": "answer requests by TensorFlow Serving's API",
    "client": "send photographs to a server",
    "parity": "compare exports with the Keras model",
    "web": "serve the browser page on this machine",
}

USAGE = "usage: dmtdr COMMAND [OPTIONS]; dmtdr COMMAND --help\n" + "".join(
    f"\n  {name:10}{text}" for name, text in COMMANDS.items()
)


def guarded(function: Callable[[], None]) -> int:
    """Runs a command; a user's mistake becomes one line on standard error.

    Args:
        function: The command.

    Returns:
        The exit status: 0, 2 after a `UserError`, 130 when interrupted.
    """
    try:
        function()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        # A full or read-only disk, wherever it strikes.
        if error.filename is None and error.errno is None:
            raise
        place = error.filename or "writing"
        print(f"error: {place}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except Exception as error:
        # TensorFlow's own: a torn record, no memory, a full disk.
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
    """Runs the subcommand that `argv` names.

    Raises:
        UserError: There is no such subcommand, and whatever it raises.
    """
    if not argv or argv[0] in ("-h", "--help"):
        print(USAGE)
        return
    name, options = argv[0], list(argv[1:])
    if name not in COMMANDS:
        raise UserError(
            f"no command {name!r}; choose from {', '.join(COMMANDS)}"
        )
    # TensorFlow is slow to import: only for a command that computes with it.
    if name != "web":
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
    """Names the option where a library's error names its argument."""
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
    """Imports TensorFlow without its notices about drivers and processors.

    It writes them before any log level counts, straight to the process's
    standard error: that one is set aside meanwhile, and shown if the import
    fails.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    with tempfile.TemporaryFile() as aside:
        screen = os.dup(2)
        os.dup2(aside.fileno(), 2)
        try:
            import absl.logging
            import tensorflow as tf

            tf.config.list_physical_devices()
            absl.logging.set_verbosity(absl.logging.ERROR)
        except BaseException:
            aside.seek(0)
            os.write(screen, aside.read())
            raise
        finally:
            os.dup2(screen, 2)
            os.close(screen)


def main() -> None:
    """The console script."""
    sys.exit(guarded(lambda: run_command(sys.argv[1:])))


if __name__ == "__main__":
    main()
