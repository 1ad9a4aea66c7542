"""REST and gRPC requests: good, wrong and damaged ones."""

import atexit
import base64
import functools
import gzip
import json
import pathlib
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
from campaign.mutations import MUTATIONS
from campaign.outcome import Outcome
from campaign.server import MODEL, Server, body_of
from campaign.tiny_model import tiny_export

__all__ = ["make_judge"]

Random = np.random.Generator
# (body, headers, path, method), and whether the answer must be the right one.
Request = tuple[bytes, dict[str, str], str, str]
_PATH = f"/v1/models/{MODEL}:predict"
_JSON = {"Content-Type": "application/json"}


def _good(rng: Random, photo: bytes) -> Request:
    return body_of(photo), _JSON, _PATH, "POST"


def _gzipped(rng: Random, photo: bytes) -> Request:
    headers = _JSON | {"Content-Encoding": "gzip"}
    return gzip.compress(body_of(photo)), headers, _PATH, "POST"


def _wrapped(rng: Random, photo: bytes) -> Request:
    text = base64.encodebytes(photo).decode()
    body = {"signature_name": "grade_only", "inputs": [{"b64": text}]}
    return json.dumps(body).encode(), _JSON, _PATH, "POST"


def _damaged_gzip(rng: Random, photo: bytes) -> Request:
    body, headers, path, method = _gzipped(rng, photo)
    return MUTATIONS["eight bits flipped"](rng, body), headers, path, method


def _gzip_bomb(rng: Random, photo: bytes) -> Request:
    return _blanks(), _JSON | {"Content-Encoding": "gzip"}, _PATH, "POST"


@functools.cache
def _blanks() -> bytes:
    return gzip.compress(b" " * 200_000_000, 6)


def _deflated(rng: Random, photo: bytes) -> Request:
    headers = _JSON | {"Content-Encoding": "deflate"}
    return zlib.compress(body_of(photo)), headers, _PATH, "POST"


def _damaged_photograph(rng: Random, photo: bytes) -> Request:
    kinds = ("cut", "garbage", "header byte", "huge dimensions")
    damaged = MUTATIONS[kinds[int(rng.integers(len(kinds)))]](rng, photo)
    return body_of(damaged), _JSON, _PATH, "POST"


def _damaged_body(rng: Random, photo: bytes) -> Request:
    kind = list(MUTATIONS)[int(rng.integers(len(MUTATIONS)))]
    return MUTATIONS[kind](rng, body_of(photo)), _JSON, _PATH, "POST"


def _foreign_body(rng: Random, photo: bytes) -> Request:
    bodies: tuple[Any, ...] = (
        None,
        [],
        3,
        {},
        {"inputs": []},
        {"instances": {}},
        {"instances": [1, 2]},
        {"inputs": [{"b64": 3}]},
        {"inputs": [{"b64": "===="}]},
        {"inputs": [[[[]]]], "signature_name": "grade_only"},
        {"inputs": [], "signature_name": "no such"},
        {"inputs": [{"b64": "AA=="}] * 50, "signature_name": "grade_only"},
    )
    body = json.dumps(bodies[int(rng.integers(len(bodies)))]).encode()
    return body, _JSON, _PATH, "POST"


def _nested(rng: Random, photo: bytes) -> Request:
    return b"[" * int(rng.integers(100, 200_000)), _JSON, _PATH, "POST"


def _elsewhere(rng: Random, photo: bytes) -> Request:
    paths = ("/", "/v1/models/other:predict", "/v1/models/eye:delete", "/%00")
    methods = ("GET", "PUT", "DELETE", "POST")
    return (
        b"{}",
        _JSON,
        paths[int(rng.integers(len(paths)))],
        methods[int(rng.integers(len(methods)))],
    )


# What is sent, and which answers are right: "good" is the grade itself.
REQUESTS: dict[str, tuple[Callable[[Random, bytes], Request], str]] = {
    "good": (_good, "good"),
    "gzip": (_gzipped, "good"),
    "base64 in lines": (_wrapped, "good"),
    "deflate": (_deflated, "either"),
    "damaged gzip": (_damaged_gzip, "either"),
    "gzip bomb": (_gzip_bomb, "refused"),
    "damaged photograph": (_damaged_photograph, "either"),
    "damaged body": (_damaged_body, "either"),
    "foreign body": (_foreign_body, "refused"),
    "nested": (_nested, "refused"),
    "elsewhere": (_elsewhere, "refused"),
}


class _Requests:
    def __init__(self, seed: int, folder: pathlib.Path, shared: pathlib.Path):
        self.seed = seed
        self.server = Server(tiny_export(shared), folder / "server.log")
        self.server.start()
        atexit.register(self.server.stop)

    def __call__(self, index: int) -> Outcome:
        rng = np.random.default_rng([self.seed, index])
        self.server.start()
        outcome = (
            self._grpc(rng, index) if index % 4 == 3 else self._rest(rng, index)
        )
        memory = self.server.memory()
        if not self.server.alive:
            return Outcome(outcome.kind, "crashed", "the server ended")
        # Whatever was sent: the next good request has the right answer.
        wrong = self.server.check(index) if index % 5 == 0 else ""
        if wrong:
            return Outcome(outcome.kind, "wrong", f"afterwards: {wrong}")
        return Outcome(outcome.kind, outcome.verdict, outcome.detail, memory)

    def _rest(self, rng: Random, index: int) -> Outcome:
        kind = list(REQUESTS)[int(rng.integers(len(REQUESTS)))]
        make, right = REQUESTS[kind]
        number = index % len(self.server.photographs)
        request = make(rng, self.server.photographs[number])
        body, headers, path, method = request
        kind = f"REST: {kind}"
        try:
            answer = self.server.post(
                body, headers=headers, path=path, method=method
            )
        except Exception as error:
            text = f"no answer: {type(error).__name__}: {error}"[:200]
            # A server may hang up on a body that it does not want.
            verdict = "wrong" if right == "good" else "refused"
            return Outcome(kind, verdict, text)
        return self._judge(kind, right, answer, number)

    def _judge(
        self, kind: str, right: str, answer: Any, number: int
    ) -> Outcome:
        if answer.status >= 500:
            text = f"{answer.status}: {answer.data[:200]!r}"
            return Outcome(kind, "crashed", text)
        if b"Traceback" in answer.data:
            return Outcome(kind, "wrong", "an answer with a traceback")
        if answer.status != 200:
            verdict = "wrong" if right == "good" else "refused"
            return Outcome(kind, verdict, f"{answer.status}")
        if right == "refused":
            if kind == "REST: elsewhere":
                return Outcome(kind, "accepted")
            return Outcome(kind, "wrong", "answered 200")
        if right == "good":
            values = json.loads(answer.data)["outputs"]["grade"]
            same = np.allclose(values, self.server.answers[number], atol=1e-4)
            return Outcome(
                kind, "accepted" if same else "wrong", "other answer"
            )
        return Outcome(kind, "accepted")

    def _grpc(self, rng: Random, index: int) -> Outcome:
        import grpc
        import tensorflow as tf
        from campaign.grpc_requests import GRPC_REQUESTS
        from tensorflow_serving.apis import prediction_service_pb2_grpc

        kind = list(GRPC_REQUESTS)[int(rng.integers(len(GRPC_REQUESTS)))]
        make, good = GRPC_REQUESTS[kind]
        number = index % len(self.server.photographs)
        address = f"127.0.0.1:{self.server.port}"
        with grpc.insecure_channel(address) as channel:
            stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
            try:
                answer = stub.Predict(
                    make(rng, self.server.photographs[number]), timeout=60
                )
            except grpc.RpcError as error:
                return _of_grpc(f"gRPC: {kind}", good, error)
        if not good:
            return Outcome(f"gRPC: {kind}", "accepted")
        values = np.ravel(tf.make_ndarray(answer.outputs["grade"]))
        same = np.allclose(
            values, np.ravel(self.server.answers[number]), atol=1e-4
        )
        verdict = "accepted" if same else "wrong"
        return Outcome(f"gRPC: {kind}", verdict, "" if same else "other answer")


def _of_grpc(kind: str, good: bool, error: Any) -> Outcome:
    import grpc

    code, text = error.code(), f"{error.code().name}: {error.details()}"[:200]
    refusals = (
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.UNIMPLEMENTED,
    )
    if code == grpc.StatusCode.DEADLINE_EXCEEDED:
        return Outcome(kind, "hung", text)
    if code not in refusals:
        return Outcome(kind, "crashed", text)
    return Outcome(kind, "wrong" if good else "refused", text)


def make_judge(**arguments: Any) -> Callable[[int], Outcome]:
    """Returns the judge of this part's inputs, for a worker."""
    return _Requests(**arguments)
