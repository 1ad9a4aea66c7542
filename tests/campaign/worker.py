"""A process that judges inputs, and is replaced when it dies or hangs."""

import contextlib
import dataclasses
import importlib
import multiprocessing
import os
import pathlib
import resource
import signal
import traceback
from multiprocessing.connection import Connection
from typing import Any

from campaign.outcome import Outcome, of_error

__all__ = ["Worker"]

# Seconds for TensorFlow to start on a busy machine.
_START = 600.0
# Seconds for a worker to end what it started, such as a server.
_END = 90.0


def _write_stderr_to(file: pathlib.Path) -> None:
    """Keeps what decoders tell of every damaged file off the terminal."""
    log = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 2)
    os.close(log)


def _serve(pipe: Connection, module: str, arguments: dict[str, Any]) -> None:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    _write_stderr_to(arguments["folder"] / "stderr.log")
    try:
        judge = importlib.import_module(module).make_judge(**arguments)
    except BaseException:
        pipe.send(traceback.format_exc())
        raise
    pipe.send(None)
    while (index := pipe.recv()) is not None:
        try:
            outcome = judge(index)
        except Exception as error:
            outcome = of_error("the campaign itself", error)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        pipe.send((outcome, peak))


class Worker:
    """A process that judges inputs, and is replaced when it dies or hangs.

    Args:
        module: The part's module; its `make_judge` runs in the process.
        arguments: Arguments of `make_judge`.
        limit: Seconds for one input.
    """

    def __init__(
        self, module: str, arguments: dict[str, Any], limit: float
    ) -> None:
        self.module, self.arguments, self.limit = module, arguments, limit
        self._process: Any = None
        self._hung = False

    def judge(self, index: int) -> Outcome:
        """Judges one input; a dead or silent process is an outcome too."""
        if self._process is None:
            self._start()
        self._pipe.send(index)
        self._hung = not self._pipe.poll(self.limit)
        if self._hung:
            self.stop()
            return Outcome(f"input {index}", "hung", f"over {self.limit} s")
        try:
            outcome, peak = self._pipe.recv()
        except EOFError:
            self._process.join()
            code = self._process.exitcode
            self.stop()
            name = signal.Signals(-code).name if code < 0 else f"exit {code}"
            return Outcome(f"input {index}", "crashed", name)
        return dataclasses.replace(outcome, memory=max(peak, outcome.memory))

    def stop(self) -> None:
        """Ends the process: by asking it, or by force if it is silent."""
        if self._process is not None:
            with contextlib.suppress(OSError):
                self._pipe.send(None)
            self._process.join(0 if self._hung else _END)
            self._process.kill()
            self._process.join()
            self._process = None

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, child = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(child, self.module, self.arguments)
        )
        self._process.start()
        child.close()
        if not self._pipe.poll(_START):
            self.stop()
            raise RuntimeError(f"{self.module}: the worker does not start")
        if text := self._pipe.recv():
            self.stop()
            raise RuntimeError(f"{self.module}: cannot start: {text}")
