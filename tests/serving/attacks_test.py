"""Rude clients by the hundred: good requests are still answered."""

import contextlib
import gzip
import os
import socket
import struct
import time

import cv2
import numpy as np
import psutil
import pytest
import urllib3
from tensorflow_serving.apis import get_model_status_pb2

from dmtdr_tf.exporting.saved_model.warm_up import draw_eye
from dmtdr_tf.serving.rest_protocol import TimedProtocol

PREDICT = "/tensorflow.serving.PredictionService/Predict"
STATUS = "/tensorflow.serving.ModelService/GetModelStatus"
DATA, HEADERS, SETTINGS = 0, 1, 4
END_STREAM, END_HEADERS = 1, 4
POST = b"POST /v1/photographs?gate=false HTTP/1.1\r\nHost: localhost\r\n"


def frame(kind, flags, stream, payload=b""):
    """A frame of HTTP/2."""
    head = struct.pack(">I", len(payload))[1:] + bytes([kind, flags])
    return head + struct.pack(">I", stream) + payload


def literal(name, value):
    """A header field that HPACK neither indexes nor compresses."""
    texts = (name.encode(), value.encode())
    return b"\0" + b"".join(bytes([len(text)]) + text for text in texts)


def call(stream, path, content, last=END_STREAM):
    """The frames of a gRPC call."""
    fields = {
        ":method": "POST",
        ":scheme": "http",
        ":path": path,
        ":authority": "localhost",
        "te": "trailers",
        "content-type": "application/grpc",
    }
    block = b"".join(literal(*field) for field in fields.items())
    return frame(HEADERS, END_HEADERS, stream, block) + frame(
        DATA, last, stream, content
    )


def greet(port, window=65_535):
    """A connection of HTTP/2 that reads at most `window` bytes a call."""
    peer = socket.create_connection(("127.0.0.1", port))
    settings = struct.pack(">HI", 4, window)
    peer.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    peer.sendall(frame(SETTINGS, 0, 0, settings) + frame(SETTINGS, 1, 0))
    return peer


def send(port, content):
    """A connection that sends something and waits."""
    peer = socket.create_connection(("127.0.0.1", port))
    with contextlib.suppress(OSError):
        peer.sendall(content)
    return peer


def slow_heads(server):
    return [send(server.rest_port, POST + b"X-Slow") for _ in range(300)]


def idle_connections(server):
    ports = [server.rest_port, server.port] * 150
    return [send(port, b"") for port in ports]


def half_sent_bodies(server):
    body = POST + b"Content-Length: 5000000\r\n\r\nabc"
    return [send(server.rest_port, body) for _ in range(200)]


def endless_bodies(server):
    chunk = b"1000\r\n" + bytes(0x1000) + b"\r\n"
    body = POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 10
    return [send(server.rest_port, body) for _ in range(100)]


def huge_heads(server):
    peers = []
    for port in (server.rest_port, server.port):
        peers += [send(port, POST + b"X: " + b"a" * 200_000)] * 50
    return peers


def garbage(server):
    ports = [server.rest_port, server.port] * 100
    return [send(port, os.urandom(300)) for port in ports]


def pipelined_requests(server):
    status = b"GET /v1/models/eye HTTP/1.1\r\nHost: localhost\r\n\r\n"
    return [send(server.rest_port, status * 1000) for _ in range(30)]


def half_sent_calls(server):
    peers = []
    for _ in range(20):
        peer = greet(server.port)
        for stream in range(1, 21, 2):
            # A message of a megabyte, of which three bytes come.
            content = b"\0\0\x10\0\0abc"
            peer.sendall(call(stream, PREDICT, content, last=0))
        peers.append(peer)
    return peers


def silent_channels(server):
    return [greet(server.port) for _ in range(200)]


def unread_answers(server):
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = "eye"
    content = request.SerializeToString()
    message = b"\0" + struct.pack(">I", len(content)) + content
    peers = []
    for _ in range(12):
        peer = greet(server.port, window=0)
        for stream in range(1, 101, 2):
            peer.sendall(call(stream, STATUS, message))
        peers.append(peer)
    return peers


ATTACKS = (
    slow_heads,
    idle_connections,
    half_sent_bodies,
    endless_bodies,
    huge_heads,
    garbage,
    pipelined_requests,
    half_sent_calls,
    silent_channels,
    unread_answers,
)


@pytest.fixture
def attacked(start, served):
    return start(served, read_timeout=4.0, write_timeout=2.0, grace=3.0)


def is_well(server, photograph):
    """Both ports answer a client that connects anew."""
    from tests.serving.server_test import Caller, body_of, request_of

    caller = Caller(server)
    assert caller.grpc(request_of(photograph), timeout=60).outputs
    assert caller.rest(body_of(photograph))[0] == 200
    caller.pool.clear()
    return True


@pytest.mark.parametrize("attack", ATTACKS)
def test_good_requests_are_answered(attack, attacked, photograph):
    assert is_well(attacked, photograph)
    peers = attack(attacked)
    start = time.monotonic()
    for _ in range(3):
        assert is_well(attacked, photograph)
    assert time.monotonic() - start < 60
    # The attack goes on while the server stops.
    start = time.monotonic()
    attacked.stop()
    assert time.monotonic() - start < 3.5
    for peer in peers:
        peer.close()


def test_silent_connections_are_closed(start, served):
    server = start(served, read_timeout=1.0)
    peers = [send(server.rest_port, text) for text in (b"", b"GET / HT")]
    peers.append(send(server.port, b""))
    for peer in peers:
        peer.settimeout(10)
        with contextlib.suppress(ConnectionError):
            while peer.recv(1000):
                pass
        peer.close()


def test_too_many_connections_close_the_idlest(start, served, photograph):
    server = start(served, max_connections=20, read_timeout=30.0)
    peers = [send(server.rest_port, b"GET") for _ in range(60)]
    pool = urllib3.PoolManager(retries=False, timeout=20)
    url = f"http://127.0.0.1:{server.rest_port}/healthz"
    assert pool.request("GET", url).status == 200
    for peer in peers:
        peer.close()


BOMBS = {
    "deep lists": (b'{"inputs":' + b"[" * 6_000_000, ""),
    "deep objects": (b'{"inputs":' + b'{"a":' * 5000 + b"1" + b"}" * 5001, ""),
    "many objects": (b'{"inputs":[' + b"{}," * 1_000_000 + b"{}]}", ""),
    "gzip": (gzip.compress(bytes(200_000_000), 1), "gzip"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_small_body_does_not_grow(name, server, photograph):
    body, encoding = BOMBS[name]
    headers = {"Content-Encoding": encoding} if encoding else {}
    before = psutil.Process().memory_info().rss
    answer = urllib3.request(
        "POST",
        f"http://127.0.0.1:{server.rest_port}/v1/models/eye:predict",
        body=body,
        headers=headers,
        timeout=30,
        retries=False,
    )
    assert answer.status in (400, 413)
    assert len(answer.data) < 500
    assert psutil.Process().memory_info().rss - before < 100e6


def test_huge_photographs_leave_room_for_others(start, served, photograph):
    """And they are computed one after the other, which bounds the memory."""
    server = start(served, workers=2, queue=8, timeout=50.0)
    disc = cv2.resize(draw_eye(700), (6_900, 6_900))
    large = cv2.imencode(".jpg", disc[..., ::-1])[1].tobytes()
    del disc
    before = psutil.Process().memory_info().rss
    url = f"http://127.0.0.1:{server.rest_port}/v1/photographs?gate=false"
    head = f"POST {url} HTTP/1.1\r\nHost: localhost\r\n".encode()
    head += b"Content-Length: %d\r\n\r\n" % len(large)
    peers = [send(server.rest_port, head + large) for _ in range(12)]
    time.sleep(0.5)
    most = 0
    for _ in range(4):
        assert is_well(server, photograph)
        most = max(most, psutil.Process().memory_info().rss)
    assert most - before < 1.5e9
    for peer in peers:
        peer.close()


def test_the_time_without_progress_is_what_counts():
    """An answer that is being read keeps its connection."""

    class Transport:
        unread, aborted = 100, False

        def get_write_buffer_size(self):
            return self.unread

        def abort(self):
            self.aborted = True

    class Loop:
        now = 0.0

        def time(self):
            return self.now

        def call_later(self, seconds, function):
            pass

    protocol = TimedProtocol.__new__(TimedProtocol)
    protocol.transport, protocol.loop = Transport(), Loop()
    protocol._timeouts, protocol._unread, protocol.idle_since = (5, 5), 0, 0.0
    protocol.cycle = None
    for second in range(20):
        protocol.loop.now = float(second)
        protocol.transport.unread -= 1
        protocol._check()
    assert not protocol.transport.aborted
    for second in range(20, 30):
        protocol.loop.now = float(second)
        protocol._check()
    assert protocol.transport.aborted


def test_a_strip_is_refused_by_its_header(served):
    from dmtdr_tf.serving.serving_error import ServingError

    strip = cv2.imencode(".png", np.zeros((40, 4000, 3), np.uint8))[1]
    files = {"photograph_bytes": np.array([strip.tobytes(), None], object)}
    files["photograph_bytes"] = files["photograph_bytes"][:-1]
    with pytest.raises(ServingError, match="4000 x 40 pixels are a strip"):
        served.predict("grade_only", files)


def test_photographs_of_many_scans_are_refused(served):
    from dmtdr_tf.serving.serving_error import ServingError

    content = b"\xff\xd8\xff" + b"\xff\xda\0\0" * 1000
    files = {"photograph_bytes": np.array([content, None], object)[:-1]}
    with pytest.raises(ServingError, match="more than 100 scans"):
        served.predict("grade_only", files)


def test_stalled_calls_end_while_their_clients_stay(start, served, photograph):
    server = start(served, read_timeout=1.0, max_connections=150)
    peers = half_sent_calls(server)
    time.sleep(3)
    # They would be more than may run at once.
    assert is_well(server, photograph)
    more = half_sent_calls(server)
    time.sleep(3)
    assert is_well(server, photograph)
    for peer in peers + more:
        peer.close()
