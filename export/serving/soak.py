"""Puts a server under load and checks that no request is lost."""

import collections
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import tensorflow as tf
import tyro

from dmtdr_tf import cli
from dmtdr_tf.client.grpc_client import GrpcClient
from dmtdr_tf.client.rest_client import RestClient
from dmtdr_tf.files.errors import UserError

FILES = "photograph_bytes"
_PORTS = re.compile(r"gRPC on \S+:(\d+), REST on http://[^:]+:(\d+)/")


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Puts a server under load and checks that no request is lost.

    Starts `dmtdr serve`, sends it requests over gRPC and REST, compares every
    answer with the SavedModel's own, and stops the server with SIGTERM.

    Args:
        photographs: JPEG or PNG files that the model accepts.
        model: The SavedModel.
        requests: The number of requests.
        clients: The number of concurrent clients.
        bad: The share of requests that must be refused.
        batch: Photographs in each request.
        signatures: The signatures to use in turn, over gRPC and REST in turn.
        grpc_only: Do not use REST.
        workers: The server's workers.
        tolerance: The largest accepted difference of a probability.
    """

    photographs: Annotated[
        tyro.conf.Positional[tuple[str, ...]],
        tyro.conf.arg(metavar="PHOTO..."),
    ]
    model: str = "runs/demo/export/saved_model"
    requests: int = 1000
    clients: int = 16
    bad: float = 0.05
    batch: int = 1
    signatures: tuple[str, ...] = ("serving_bytes", "grade_only")
    grpc_only: bool = False
    workers: int = 1
    tolerance: float = 1e-4


class Server:
    """`dmtdr serve` in a process of its own.

    Args:
        model: The SavedModel.
        workers: The server's workers.

    Raises:
        UserError: The server does not start.
    """

    def __init__(self, model: str, workers: int):
        command = [sys.executable, "-m", "dmtdr_tf.cli", "serve"]
        options = ["--model", model, "--port", "0", "--rest-port", "0"]
        self.process = subprocess.Popen(
            [*command, *options, "--workers", str(workers)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        ports = _PORTS.search(self.process.stdout.readline())
        if not ports:
            reason = self.process.communicate()[1]
            raise UserError(f"the server does not start: {reason}")
        self.port, self.rest_port = map(int, ports.groups())
        # A full pipe would stop the server.
        self.log: list[str] = []
        assert self.process.stderr is not None
        errors = self.process.stderr
        threading.Thread(target=lambda: self.log.extend(errors)).start()

    def memory(self, field: str) -> float:
        """Returns `VmRSS` or `VmHWM` (its peak), in MB."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        match = re.search(rf"{field}:\s+(\d+) kB", text)
        return int(match[1]) / 1000 if match else float("nan")

    def cpu_seconds(self) -> float:
        """Returns the CPU time it has used."""
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text()
        fields = stat.rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def stop(self) -> int:
        """Stops it with SIGTERM and returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def bad_requests(good: bytes) -> list[tuple[str, dict[str, np.ndarray]]]:
    """Returns requests that must be refused, as signatures with inputs.

    Args:
        good: The content of a JPEG or PNG file that the model accepts.
    """
    black = tf.io.encode_png(np.zeros((200, 200, 3), np.uint8)).numpy()
    bomb = good if good.startswith(b"\x89PNG") else black
    bomb = bomb[:16] + b"\x00\x00\xff\xff" * 2 + bomb[24:]
    contents = (b"", b"no photograph" * 50, good[: len(good) // 2], black, bomb)
    wrong = [("serving_bytes", _inputs([content])) for content in contents]
    numbers = np.full((1, 5, 7, 3), 0.5, np.float32)
    wrong.append(("serving_default", {"low_res": numbers}))
    wrong.append(("serving_default", {"low_res": numbers * np.nan}))
    wrong.append(("no_such_signature", _inputs([good])))
    return wrong


def _inputs(contents: Sequence[bytes]) -> dict[str, np.ndarray]:
    return {FILES: np.array([*contents, None], object)[:-1]}


class Soak:
    """Sends the requests and records the outcome of each.

    Args:
        arguments: From the command line.
        server: The running server.
    """

    def __init__(self, arguments: Arguments, server: Server):
        self.arguments = arguments
        self.server = server
        self.contents = [
            pathlib.Path(name).read_bytes() for name in arguments.photographs
        ]
        run = tf.saved_model.load(arguments.model).signatures["grade_only"]
        self.expected = [
            run(photograph_bytes=tf.constant([content]))["grade_probabilities"]
            for content in self.contents
        ]
        self.wrong = bad_requests(self.contents[0])
        self.every = round(1 / arguments.bad) if arguments.bad else 0
        self._clients = threading.local()

    def ask(self, number: int) -> tuple[str, str, float]:
        """Sends one request; returns its kind, its outcome and its seconds."""
        is_bad = self.every > 0 and number % self.every == self.every - 1
        client = self._client(rest=number % 2 == 1)
        start = time.monotonic()
        if is_bad:
            kind = "bad"
            outcome = self._ask_badly(client, number // self.every)
        else:
            names = self.arguments.signatures
            kind = names[number // 2 % len(names)]
            outcome = self._ask_well(client, kind, number)
        return kind, outcome, time.monotonic() - start

    def _ask_badly(self, client: Any, number: int) -> str:
        signature, inputs = self.wrong[number % len(self.wrong)]
        try:
            client.predict(signature, inputs)
        except UserError as error:
            refused = re.match(r"INVALID_ARGUMENT|400", str(error))
            return "refused" if refused else f"refused otherwise: {error}"
        return "answered, but should be refused"

    def _ask_well(self, client: Any, signature: str, number: int) -> str:
        chosen = [
            (number + i) % len(self.contents)
            for i in range(self.arguments.batch)
        ]
        inputs = _inputs([self.contents[i] for i in chosen])
        try:
            answer = client.predict(signature, inputs)
        except UserError as error:
            return f"lost: {error}"
        expected = np.concatenate([self.expected[i] for i in chosen])
        worst = np.abs(answer["grade_probabilities"] - expected).max()
        return "answered" if worst <= self.arguments.tolerance else "differs"

    def _client(self, rest: bool) -> Any:
        """The connection of this thread."""
        rest = rest and not self.arguments.grpc_only
        name = "rest" if rest else "grpc"
        if not hasattr(self._clients, name):
            client: Any = (
                RestClient("127.0.0.1", self.server.rest_port, "dmtdr", 120)
                if rest
                else GrpcClient("127.0.0.1", self.server.port, "dmtdr", 120)
            )
            setattr(self._clients, name, client)
        return getattr(self._clients, name)


def run(arguments: Arguments) -> None:
    """Runs the load test and prints its figures.

    Args:
        arguments: From the command line.

    Raises:
        UserError: A good request was lost or answered wrongly, a bad one was
            answered, or the server exited with an error.
    """
    server = Server(arguments.model, arguments.workers)
    try:
        soak = Soak(arguments, server)
        before, used = server.memory("VmRSS"), server.cpu_seconds()
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(arguments.clients) as pool:
            results = list(pool.map(soak.ask, range(arguments.requests)))
        seconds = time.monotonic() - start
        used = server.cpu_seconds() - used
        memory = [before, server.memory("VmRSS"), server.memory("VmHWM")]
    finally:
        status = server.stop()
    _report(arguments, results, seconds, used, memory)
    outcomes = {outcome for _, outcome, _ in results}
    if outcomes - {"answered", "refused"} or status:
        raise UserError(
            f"the load test failed (the server's exit status is {status})"
        )
    print("No request was lost, and the server exited with status 0.")


def _report(
    arguments: Arguments,
    results: Sequence[tuple[str, str, float]],
    seconds: float,
    used: float,
    memory: Sequence[float],
) -> None:
    photographs = arguments.batch * sum(o == "answered" for _, o, _ in results)
    print(
        f"{arguments.requests} requests, {arguments.clients} clients, "
        f"{arguments.batch} photographs each, {arguments.workers} workers: "
        f"{seconds:.1f} s, {photographs / seconds:.2f} photographs per second"
    )
    for outcome, count in collections.Counter(
        f"{kind}: {outcome}" for kind, outcome, _ in results
    ).most_common():
        print(f"  {count:5} {outcome}")
    for name in sorted({kind for kind, _, _ in results}):
        times = [1000 * s for kind, _, s in results if kind == name]
        median, high, most = np.percentile(times, (50, 95, 100))
        print(
            f"  {name}: median {median:.0f} ms, 95 % {high:.0f} ms, largest "
            f"{most:.0f} ms"
        )
    first, last, peak = memory
    print(
        f"  server: {first:.0f} MB before, {last:.0f} MB after, "
        f"{peak:.0f} MB at the peak; {used / max(photographs, 1):.2f} s of "
        "CPU time per photograph"
    )


if __name__ == "__main__":
    cli.start_tensorflow()
    sys.exit(cli.guarded(lambda: run(tyro.cli(Arguments))))
