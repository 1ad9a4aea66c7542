"""A server in a process of its own, and callers that know its answer."""

import base64
import ctypes
import json
import pathlib
import signal
import socket
import subprocess
import sys
import time
from typing import Any

import numpy as np
from campaign.encoders import ENCODERS
from campaign.eyes import draw_eye

__all__ = ["MODEL", "Server"]

MODEL = "eye"
_SERVE = "import sys; from dmtdr_tf.cli import main; sys.exit(main())"
_PATIENCE = 400.0
_PR_SET_PDEATHSIG = 1


def _end_with_parent() -> None:
    """A worker that is killed leaves no server behind (Linux)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Server:
    """A server in a process of its own, and callers that know its answer.

    Args:
        model: Folder of the SavedModel.
        log: File for what the server prints.
    """

    def __init__(self, model: pathlib.Path, log: pathlib.Path):
        self.model, self.log = model, log
        self._process: subprocess.Popen | None = None
        self.photographs = [
            ENCODERS["jpeg baseline"].write(draw_eye(number, 256))
            for number in range(4)
        ]
        self.answers: list[np.ndarray] = []

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Starts the server unless it runs, and learns the right answers."""
        import urllib3

        if self.alive:
            return
        self.port, self.rest_port = _free_port(), _free_port()
        command = [sys.executable, "-c", _SERVE, "serve"]
        command += ["--model", str(self.model), "--name", MODEL]
        command += ["--port", str(self.port)]
        command += ["--rest-port", str(self.rest_port)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, preexec_fn=_end_with_parent
            )
        self.pool = urllib3.PoolManager(retries=False, maxsize=16)
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                answers = [self.grade(one) for one in self.photographs]
                break
            except Exception:
                if not self.alive or time.monotonic() > deadline:
                    self.stop()
                    text = self.log.read_text()[-2000:]
                    raise RuntimeError(f"no server: {text}") from None
                time.sleep(0.5)
        self.answers = self.answers or answers

    def post(self, body: bytes, **options: Any) -> Any:
        """Sends a REST request for a prediction; returns urllib3's answer."""
        path = options.pop("path", f"/v1/models/{MODEL}:predict")
        options.setdefault("timeout", 60)
        return self.pool.request(
            options.pop("method", "POST"),
            f"http://127.0.0.1:{self.rest_port}{path}",
            body=body,
            **options,
        )

    def grade(self, photograph: bytes, timeout: float = 60) -> np.ndarray:
        """Asks for one grade over REST.

        Raises:
            RuntimeError: The server refuses; the message is its answer.
        """
        answer = self.post(body_of(photograph), timeout=timeout)
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {answer.data[:200]!r}")
        outputs = json.loads(answer.data)["outputs"]
        return np.asarray(outputs["grade"], np.float64)

    def check(self, number: int, timeout: float = 60) -> str:
        """Compares an answer with the right one; says what is wrong."""
        number %= len(self.photographs)
        try:
            answer = self.grade(self.photographs[number], timeout)
        except Exception as error:
            return f"a good request: {type(error).__name__}: {error}"[:300]
        right = np.allclose(answer, self.answers[number], rtol=0, atol=1e-4)
        return "" if right else f"other answer: {answer.tolist()}"

    def memory(self) -> float:
        """Returns the server's peak memory, in megabytes."""
        return self._status("VmHWM")

    def resident(self) -> float:
        """Returns the server's memory now, in megabytes."""
        return self._status("VmRSS")

    def _status(self, field: str) -> float:
        if not self.alive:
            return 0.0
        assert self._process is not None
        status = pathlib.Path(f"/proc/{self._process.pid}/status").read_text()
        line = next(x for x in status.splitlines() if x.startswith(field))
        return int(line.split()[1]) / 1024

    def stop(self) -> float:
        """Sends SIGTERM; returns the seconds until the process has ended."""
        if self._process is None:
            return 0.0
        started = time.monotonic()
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        return time.monotonic() - started


def body_of(photograph: bytes) -> bytes:
    """Returns the JSON of a request for one grade."""
    files = [{"b64": base64.b64encode(photograph).decode()}]
    values = {"signature_name": "grade_only", "inputs": files}
    return json.dumps(values).encode()
