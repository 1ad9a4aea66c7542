"""A server under load: many clients, some bad requests, nothing lost.

    python export/serving/soak.py --model runs/demo/export/saved_model PHOTO...

Starts `dmtdr serve`, sends it requests over gRPC and REST, compares every
answer with the SavedModel's own, and stops the server by SIGTERM.
"""

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
from typing import Annotated

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
    """Puts a server under load.

    Args:
        photographs: JPEG or PNG files that the model accepts.
        model: The SavedModel.
        requests: How many.
        clients: How many ask at once.
        bad: The share of requests that must be refused.
        batch: Photographs in each request.
        signatures: Asked for in turn, over gRPC and REST in turn.
        grpc_only: Leave REST out.
        workers: Of the server.
        tolerance: Largest difference of a probability.
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
    """`dmtdr serve` as a process of its own."""

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
        found = _PORTS.search(self.process.stdout.readline())
        if not found:
            raise UserError(f"no server: {self.process.communicate()[1]}")
        self.port, self.rest_port = map(int, found.groups())
        # A full pipe would stop the server.
        self.log: list[str] = []
        assert self.process.stderr is not None
        errors = self.process.stderr
        threading.Thread(target=lambda: self.log.extend(errors)).start()

    def memory(self, field: str) -> float:
        """Returns `VmRSS` or `VmHWM` (its peak), in MB."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(rf"{field}:\s+(\d+) kB", text)
        return int(found[1]) / 1000 if found else float("nan")

    def cpu_seconds(self) -> float:
        """Returns the processor time that it has used."""
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text()
        fields = stat.rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def stop(self) -> int:
        """Ends it by SIGTERM; returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def bad_requests(good: bytes) -> list[tuple[str, dict]]:
    """Lists requests that must be refused: a signature and its inputs."""
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


def _inputs(contents):
    return {FILES: np.array([*contents, None], object)[:-1]}


class Soak:
    """Sends the requests and keeps what came of each."""

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
        """Sends one request: its kind, what came of it, the seconds."""
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

    def _ask_badly(self, client, number):
        signature, inputs = self.wrong[number % len(self.wrong)]
        try:
            client.predict(signature, inputs)
        except UserError as error:
            refused = re.match(r"INVALID_ARGUMENT|400", str(error))
            return "refused" if refused else f"refused otherwise: {error}"
        return "answered, and should not"

    def _ask_well(self, client, signature, number):
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

    def _client(self, rest):
        """This thread's own connection."""
        rest = rest and not self.arguments.grpc_only
        name = "rest" if rest else "grpc"
        if not hasattr(self._clients, name):
            made = (
                RestClient("127.0.0.1", self.server.rest_port, "dmtdr", 120)
                if rest
                else GrpcClient("127.0.0.1", self.server.port, "dmtdr", 120)
            )
            setattr(self._clients, name, made)
        return getattr(self._clients, name)


def run(arguments: Arguments) -> None:
    """Runs the soak and prints its figures.

    Args:
        arguments: From the command line.

    Raises:
        UserError: A good request was lost or answered wrongly, a bad one
            answered, or the server did not end well.
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
        raise UserError(f"the soak failed (server's exit status {status})")
    print("Nothing was lost, and the server ended with status 0.")


def _report(arguments, results, seconds, used, memory) -> None:
    photographs = arguments.batch * sum(o == "answered" for _, o, _ in results)
    print(
        f"{arguments.requests} requests, {arguments.clients} clients, "
        f"{arguments.batch} photographs each, {arguments.workers} workers: "
        f"{seconds:.1f} s, {photographs / seconds:.2f} photographs a second"
    )
    for outcome, count in collections.Counter(
        f"{kind}: {outcome}" for kind, outcome, _ in results
    ).most_common():
        print(f"  {count:5} {outcome}")
    for name in sorted({kind for kind, _, _ in results}):
        times = [1000 * s for kind, _, s in results if kind == name]
        median, high, most = np.percentile(times, (50, 95, 100))
        print(
            f"  {name}: median {median:.0f} ms, 95 % {high:.0f} ms, most "
            f"{most:.0f} ms"
        )
    first, last, peak = memory
    print(
        f"  server: {first:.0f} MB before, {last:.0f} MB after, "
        f"{peak:.0f} MB at most; {used / max(photographs, 1):.2f} s of "
        "processor time a photograph"
    )


if __name__ == "__main__":
    cli.start_tensorflow()
    sys.exit(cli.guarded(lambda: run(tyro.cli(Arguments))))
