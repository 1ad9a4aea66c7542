"""Attacks on a server while good requests must go on."""

import atexit
import contextlib
import pathlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from campaign.mutations import MUTATIONS
from campaign.outcome import Outcome
from campaign.server import MODEL, Server, body_of
from campaign.tiny_model import tiny_export

__all__ = ["make_judge"]

_SECONDS = 15.0
_CONNECTIONS = 200
_LOG_LIMIT = 1_000_000
# A good request may wait for the bombs before it in the queue.
_ANSWER = 20.0
# A server's memory while it is attacked, in megabytes.
_MEMORY = 4000.0
_HEAD = (
    f"POST /v1/models/{MODEL}:predict HTTP/1.1\r\nHost: localhost\r\n"
    "Content-Type: application/json\r\n"
).encode()

Attack = Callable[[Server, threading.Event], None]


@contextlib.contextmanager
def _connections(port: int, count: int) -> Iterator[list[socket.socket]]:
    opened = []
    try:
        for _ in range(count):
            with contextlib.suppress(OSError):
                address = ("127.0.0.1", port)
                opened.append(socket.create_connection(address, 2))
        yield opened
    finally:
        for one in opened:
            one.close()


def _drip(port: int, first: bytes, drop: bytes, over: threading.Event) -> None:
    """Opens connections, sends a beginning and then a little at a time."""
    while not over.is_set():
        with _connections(port, _CONNECTIONS) as opened:
            for one in opened:
                with contextlib.suppress(OSError):
                    one.sendall(first)
            until = time.monotonic() + 10
            while time.monotonic() < until and not over.wait(0.5):
                for one in opened:
                    with contextlib.suppress(OSError):
                        one.sendall(drop)


def _slow_headers(server: Server, over: threading.Event) -> None:
    _drip(server.rest_port, _HEAD[:-2], b"X-A: b\r\n", over)


def _slow_body(server: Server, over: threading.Event) -> None:
    head = _HEAD + b"Content-Length: 1000000\r\n\r\n{"
    _drip(server.rest_port, head, b" ", over)


def _idle(server: Server, over: threading.Event) -> None:
    _drip(server.rest_port, b"", b"", over)


def _idle_grpc(server: Server, over: threading.Event) -> None:
    _drip(server.port, b"", b"", over)


def _half_grpc(server: Server, over: threading.Event) -> None:
    first = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
    _drip(server.port, first, b"", over)


def _hang_up(server: Server, over: threading.Event) -> None:
    body = _HEAD + b"Content-Length: 90000\r\n\r\n" + b"x" * 500
    while not over.is_set():
        with _connections(server.rest_port, 20) as opened:
            for one in opened:
                with contextlib.suppress(OSError):
                    one.sendall(body)
        over.wait(0.05)


def _noise(server: Server, over: threading.Event) -> None:
    rng = np.random.default_rng(0)
    while not over.is_set():
        for port in (server.port, server.rest_port):
            with _connections(port, 10) as opened:
                for one in opened:
                    with contextlib.suppress(OSError):
                        one.sendall(rng.bytes(400))
        over.wait(0.05)


def _flood(bodies: list[bytes], server: Server, over: threading.Event) -> None:
    """Four callers that send one body after the other."""

    def send() -> None:
        number = 0
        while not over.is_set():
            with contextlib.suppress(Exception):
                server.post(bodies[number % len(bodies)], timeout=30)
            number += 1

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _bombs(server: Server, over: threading.Event) -> None:
    """Black photographs of 49 megapixels, 40000 x 230, and 15 gigapixels."""
    import cv2

    shapes = ((7000, 7000), (230, 40_000))
    bodies = [
        body_of(cv2.imencode(".png", np.zeros((*s, 3), np.uint8))[1].tobytes())
        for s in shapes
    ]
    rng = np.random.default_rng(1)
    huge = MUTATIONS["huge dimensions"](rng, server.photographs[0])
    _flood([*bodies, body_of(huge)], server, over)


def _gzip_bombs(server: Server, over: threading.Event) -> None:
    import gzip

    body = gzip.compress(b" " * 100_000_000, 5)
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    while not over.is_set():
        with contextlib.suppress(Exception):
            server.post(body, headers=headers, timeout=30)


def _damaged(server: Server, over: threading.Event) -> None:
    rng = np.random.default_rng(2)
    bodies = [
        body_of(mutate(rng, server.photographs[0]))
        for mutate in MUTATIONS.values()
    ]
    _flood(bodies, server, over)


ATTACKS: dict[str, Attack] = {
    "slow headers": _slow_headers,
    "bombs": _bombs,
    "half-sent gRPC": _half_grpc,
    "slow bodies": _slow_body,
    "gzip bombs": _gzip_bombs,
    "idle REST": _idle,
    "idle gRPC": _idle_grpc,
    "hang-ups": _hang_up,
    "noise on both ports": _noise,
    "damaged photographs": _damaged,
}


class _Attacks:
    def __init__(self, seed: int, folder: pathlib.Path, shared: pathlib.Path):
        self.server = Server(tiny_export(shared), folder / "server.log")
        atexit.register(self.server.stop)

    def __call__(self, index: int) -> Outcome:
        kind = list(ATTACKS)[index % len(ATTACKS)]
        self.server.log.unlink(missing_ok=True)
        self.server.start()
        over, failures, asked = threading.Event(), [], 0
        attacker = threading.Thread(
            target=ATTACKS[kind], args=(self.server, over)
        )
        attacker.start()
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until and self.server.alive:
            wrong = self.server.check(asked, _ANSWER)
            failures += [wrong] if wrong else []
            asked += 1
            time.sleep(0.1)
        memory, alive = self.server.memory(), self.server.alive
        grace = self.server.stop() if not kind.endswith("gRPC") else 0.0
        over.set()
        attacker.join()
        grace += self.server.stop()
        return _verdict(
            kind, alive, failures, asked, memory, grace, self.server
        )


def _verdict(
    kind: str,
    alive: bool,
    failures: list[str],
    asked: int,
    memory: float,
    grace: float,
    server: Server,
) -> Outcome:
    size = server.log.stat().st_size
    first = failures[0] if failures else ""
    wrong = f"{len(failures)} of {asked} good requests: {first}"
    checks = (
        (not alive, "crashed", "the server ended"),
        (bool(failures), "wrong", wrong),
        (asked == 0, "wrong", "no good request was sent"),
        (memory > _MEMORY, "wrong", f"{memory:.0f} MB of memory"),
        (size > _LOG_LIMIT, "wrong", f"a log of {size} bytes"),
        (grace > 35, "hung", f"SIGTERM took {grace:.0f} s"),
    )
    for failed, verdict, detail in checks:
        if failed:
            return Outcome(kind, verdict, detail, memory)
    text = f"{asked} good requests answered"
    return Outcome(kind, "accepted", text, memory)


def make_judge(**arguments: Any) -> Callable[[int], Outcome]:
    """Returns the judge of this part's inputs, for a worker."""
    return _Attacks(**arguments)
