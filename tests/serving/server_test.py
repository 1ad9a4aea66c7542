"""Whole requests over sockets: right ones, wrong ones, and rude clients."""

import base64
import concurrent.futures
import json
import resource
import socket
import struct
import threading
import time
import zlib

import grpc
import numpy as np
import pytest
import tensorflow as tf
import urllib3
from tensorflow.core.protobuf import meta_graph_pb2
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from dmtdr_tf.files.errors import UserError


def request_of(content, signature="grade_only", model="eye"):
    request = predict_pb2.PredictRequest()
    request.model_spec.name = model
    request.model_spec.signature_name = signature
    request.inputs["photograph_bytes"].CopyFrom(tf.make_tensor_proto([content]))
    return request


def body_of(content, signature="grade_only"):
    files = [{"b64": base64.b64encode(content).decode()}]
    return json.dumps({"signature_name": signature, "inputs": files}).encode()


class Caller:
    """Asks a server as a plain client of the official stubs."""

    def __init__(self, server):
        self.grpc_port, self.rest_port = server.port, server.rest_port
        options = [("grpc.max_receive_message_length", -1)]
        channel = grpc.insecure_channel(f"127.0.0.1:{server.port}", options)
        self.predictions = prediction_service_pb2_grpc.PredictionServiceStub(
            channel
        )
        self.models = model_service_pb2_grpc.ModelServiceStub(channel)
        self.pool = urllib3.PoolManager(timeout=30, retries=False, maxsize=20)
        self.url = f"http://127.0.0.1:{server.rest_port}"

    def grpc(self, request, timeout=30):
        return self.predictions.Predict(request, timeout=timeout)

    def rest(self, body, path="/v1/models/eye:predict", method="POST"):
        answer = self.pool.request(method, self.url + path, body=body)
        return answer.status, json.loads(answer.data)

    def is_well(self, photograph):
        """Both ways give an answer, and the same one."""
        one = self.grpc(request_of(photograph)).outputs["grade"]
        status, two = self.rest(body_of(photograph))
        assert status == 200
        np.testing.assert_allclose(
            tf.make_ndarray(one), two["outputs"]["grade"], atol=1e-5
        )
        return True


@pytest.fixture(scope="module")
def caller(server):
    return Caller(server)


def test_status_and_metadata_are_the_protos(caller, served):
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = "eye"
    (version,) = caller.models.GetModelStatus(request).model_version_status
    assert version.version == 1
    available = get_model_status_pb2.ModelVersionStatus.AVAILABLE
    assert version.state == available
    assert caller.rest(None, "/v1/models/eye", "GET") == (
        200,
        {
            "model_version_status": [
                {
                    "version": "1",
                    "state": "AVAILABLE",
                    "status": {"error_code": "OK", "error_message": ""},
                }
            ]
        },
    )

    request = get_model_metadata_pb2.GetModelMetadataRequest()
    request.model_spec.name = "eye"
    request.metadata_field.append("signature_def")
    answer = caller.predictions.GetModelMetadata(request)
    found = get_model_metadata_pb2.SignatureDefMap()
    assert answer.metadata["signature_def"].Unpack(found)
    assert dict(found.signature_def) == served.signature_defs
    status, shown = caller.rest(None, "/v1/models/eye/metadata", "GET")
    assert (status, shown["model_spec"]["version"]) == (200, "1")
    signatures = shown["metadata"]["signature_def"]["signature_def"]
    low_res = signatures["serving_default"]["inputs"]["low_res"]
    assert low_res["dtype"] == "DT_FLOAT"
    sizes = [d["size"] for d in low_res["tensor_shape"]["dim"]]
    assert sizes == ["-1", "16", "16", "3"]


def test_answers_are_the_model_s_both_ways(caller, served, photograph):
    files = {"photograph_bytes": np.array([photograph], object)}
    expected = served.predict("serving_bytes", files)
    answer = caller.grpc(request_of(photograph, "serving_bytes"))
    assert answer.model_spec.version.value == 1
    assert answer.model_spec.signature_name == "serving_bytes"
    status, columns = caller.rest(body_of(photograph, "serving_bytes"))
    assert (status, set(columns["outputs"])) == (200, set(expected))
    for name, value in expected.items():
        over_grpc = tf.make_ndarray(answer.outputs[name])
        over_rest = columns["outputs"][name]
        if value.dtype == object:
            assert over_grpc.tolist() == value.tolist()
            content = np.array(over_rest, object).flat[0]["b64"]
            assert base64.b64decode(content) == value.flat[0]
        else:
            np.testing.assert_allclose(over_grpc, value, atol=1e-5)
            np.testing.assert_allclose(over_rest, value, atol=1e-5)


def test_a_float_answer_over_the_four_megabytes_of_grpc(caller):
    low_res = np.full((4, 16, 16, 3), 0.5, np.float32)
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "eye"
    request.inputs["low_res"].CopyFrom(tf.make_tensor_proto(low_res))
    answer = caller.grpc(request)
    size = tf.make_ndarray(answer.outputs["super_resolution"]).shape
    assert size == (4, 64, 64, 3)


def test_output_filter(caller, photograph):
    request = request_of(photograph)
    request.output_filter.append("lesion_shares")
    assert set(caller.grpc(request).outputs) == {"lesion_shares"}


def png_bomb(side):
    """A PNG file of a few bytes that claims `side` x `side` pixels."""

    def chunk(kind, data):
        check = zlib.crc32(kind + data)
        return (
            struct.pack(">I", len(data))
            + kind
            + data
            + struct.pack(">I", check)
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(10_000)))
        + chunk(b"IEND", b"")
    )


WRONG_FILES = {
    "nothing": (b"", "no JPEG or PNG"),
    "a text": (b"hello" * 100, "no JPEG or PNG"),
    "cut short": ("half", ""),
    "a bomb": (png_bomb(30_000), "more than 50 megapixels"),
    "a bomb of 2^31": (png_bomb(2**31 - 1), "more than 50 megapixels"),
    "black": ("black", "black or flat"),
}


@pytest.mark.parametrize("name", WRONG_FILES)
def test_what_is_no_photograph_is_refused_both_ways(caller, name, photograph):
    content, message = WRONG_FILES[name]
    if content == "half":
        content = photograph[: len(photograph) // 2]
    if content == "black":
        black = np.zeros((64, 64, 3), np.uint8)
        content = tf.io.encode_png(black).numpy()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(grpc.RpcError) as caught:
        caller.grpc(request_of(content))
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert message in caught.value.details()
    status, answer = caller.rest(body_of(content))
    assert status == 400
    assert message in answer["error"]
    # 30,000 x 30,000 pixels would be 2.7 GB.
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 300_000
    assert caller.is_well(photograph)


def test_other_names_are_refused_both_ways(caller, photograph):
    for request, code in (
        (request_of(photograph, model="ear"), "NOT_FOUND"),
        (request_of(photograph, "fly"), "INVALID_ARGUMENT"),
        (request_of(photograph, "serving_default"), "INVALID_ARGUMENT"),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            caller.grpc(request)
        assert caught.value.code().name == code
    for path, status in (
        ("/v1/models/ear:predict", 404),
        ("/v1/models/eye/versions/2:predict", 404),
        ("/v1/models/eye/versions/1:predict", 200),
        ("/v1/models/eye:fly", 405),
        ("/nothing", 404),
    ):
        found, answer = caller.rest(body_of(photograph), path)
        assert found == status, path
        assert (found == 200) == ("outputs" in answer)
    assert caller.rest(body_of(photograph, "fly"))[0] == 400
    assert caller.rest(b"{")[0] == 400
    with pytest.raises(grpc.RpcError) as caught:
        caller.models.HandleReloadConfigRequest(_reload())
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED


def _reload():
    from tensorflow_serving.apis import model_management_pb2

    return model_management_pb2.ReloadConfigRequest()


def test_a_hundred_megabytes_are_refused_both_ways(caller, photograph):
    large = bytes(100_000_000)
    with pytest.raises(grpc.RpcError) as caught:
        caller.grpc(request_of(large))
    assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    del large
    # The status comes before the body is sent.
    assert _raw(caller, b"Content-Length: 100000000\r\n\r\n").startswith(
        b"HTTP/1.1 413"
    )
    chunked = b"Transfer-Encoding: chunked\r\n\r\n"
    chunk = b"100000\r\n" + bytes(0x100000) + b"\r\n"
    answer = _raw(caller, chunked + chunk * 40)
    assert b"HTTP/1.1 413" in answer or answer == b""
    assert caller.is_well(photograph)


def _raw(caller, rest, wait=20, close=False):
    """Sends a request by hand; returns what comes back."""
    start = b"POST /v1/models/eye:predict HTTP/1.1\r\nHost: localhost\r\n"
    with socket.create_connection(
        ("127.0.0.1", caller.rest_port), timeout=wait
    ) as peer:
        try:
            peer.sendall(start + rest)
            if close:
                peer.shutdown(socket.SHUT_WR)
            return peer.recv(4096)
        except (ConnectionError, TimeoutError):
            return b""


def test_a_stalled_and_a_truncated_body(caller, photograph):
    # The fixture's read_timeout is a second.
    start = time.monotonic()
    answer = _raw(caller, b"Content-Length: 1000\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 408")
    assert 0.5 < time.monotonic() - start < 10
    _raw(caller, b"Content-Length: 1000\r\n\r\n{", close=True)
    assert caller.is_well(photograph)


def test_clients_that_stall_and_go_away_do_no_harm(caller, photograph):
    ports = [caller.rest_port, caller.grpc_port] * 30
    idle = [socket.create_connection(("127.0.0.1", port)) for port in ports]
    for peer in idle[:30]:
        # Neither a whole request nor HTTP/2's greeting.
        peer.sendall(b"POST /v1/models/eye:predict HTTP/1.1\r\nHost")
    assert caller.is_well(photograph)
    for peer in idle:
        peer.close()
    # Gone while the answer is computed.
    body = body_of(photograph, "serving_bytes")
    head = b"Content-Length: %d\r\n\r\n" % len(body)
    for _ in range(5):
        _raw(caller, head + body, wait=0.01)
        call = caller.predictions.Predict.future(request_of(photograph))
        call.cancel()
    assert caller.is_well(photograph)


def test_a_deadline_is_kept(caller, photograph):
    with pytest.raises(grpc.RpcError) as caught:
        caller.grpc(request_of(photograph, "serving_bytes"), timeout=0.001)
    assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    assert caller.is_well(photograph)


def test_twenty_clients_at_once(caller, photograph):
    with concurrent.futures.ThreadPoolExecutor(20) as threads:
        wells = threads.map(caller.is_well, [photograph] * 40)
        assert all(wells)


class SlowModel:
    """Answers when told to; counts what it computed."""

    name, version, sha256 = "eye", 1, "0" * 64
    signature_defs = {}

    def __init__(self):
        self.gate, self.answers = threading.Event(), 0

    def find(self, name, version=None):
        pass

    def read(self, signature, tensors):
        return {}

    def signature(self, name, with_gate=False):
        signature = meta_graph_pb2.SignatureDef()
        signature.inputs["photograph_bytes"].dtype = tf.string.as_datatype_enum
        return signature

    def predict(self, signature, inputs, only=(), deadline=None):
        assert self.gate.wait(30)
        self.answers += 1
        return {"grade": np.zeros((1, 5), np.float32)}


def test_a_full_queue_and_a_shutdown_that_loses_nothing(start):
    model = SlowModel()
    server = start(model, workers=1, queue=2, grace=20)
    caller = Caller(server)
    # Connected before, so that the calls arrive in their order.
    request = get_model_status_pb2.GetModelStatusRequest()
    assert caller.models.GetModelStatus(request).model_version_status
    calls = [
        caller.predictions.Predict.future(request_of(b"")) for _ in range(3)
    ]
    time.sleep(0.5)
    with pytest.raises(grpc.RpcError) as caught:
        caller.grpc(request_of(b""))
    assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "queue is full" in caught.value.details()
    status, _ = caller.rest(body_of(b""))
    assert status == 503
    assert caller.pool.request("GET", caller.url + "/healthz").status == 200

    server.tell_to_stop()
    time.sleep(0.3)
    model.gate.set()
    # The running one and the two that waited.
    for call in calls:
        assert set(call.result(timeout=20).outputs) == {"grade"}
    server.stop()
    assert model.answers == 3
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.rest_port))


def test_a_port_in_use_is_one_line(start, served):
    server = start(served)
    with pytest.raises(UserError, match="^port: cannot listen"):
        start(served, port=server.port)
    with pytest.raises(UserError, match="^rest_port: cannot listen"):
        start(served, rest_port=server.rest_port)
