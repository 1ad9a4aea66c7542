"""Both clients against our server, and against servers that fail first."""

import concurrent.futures
import http.server
import json
import threading
import time

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from dmtdr_tf.client.connection import connect
from dmtdr_tf.client.grpc_client import GrpcClient
from dmtdr_tf.client.request_error import RequestError
from dmtdr_tf.client.rest_client import RestClient


def files(*contents):
    return {"photograph_bytes": np.array([*contents, None], object)[:-1]}


@pytest.fixture(params=["grpc", "rest"])
def client(request, server):
    rest = request.param == "rest"
    port = server.rest_port if rest else server.port
    with connect("127.0.0.1", port, "eye", 30, rest=rest) as client:
        assert isinstance(client, RestClient if rest else GrpcClient)
        yield client


def test_both_give_the_model_s_answer(client, served, photograph):
    answer = client.predict("serving_bytes", files(photograph, photograph))
    expected = served.predict("serving_bytes", files(photograph, photograph))
    assert set(answer) == set(expected)
    for name, value in expected.items():
        assert answer[name].shape == value.shape
        if value.dtype == object:
            assert answer[name].tolist() == value.tolist()
        else:
            np.testing.assert_allclose(answer[name], value, atol=1e-5)


def test_both_send_numbers_and_know_the_shapes(client, served):
    assert client.shape("serving_default", "low_res") == [-1, 16, 16, 3]
    shape = client.shape("serving_default", "super_resolution")
    assert shape == [-1, 64, 64, 3]
    with pytest.raises(RequestError, match="serving_default has no depth"):
        client.shape("serving_default", "depth")
    low_res = np.linspace(0, 1, 768, dtype=np.float32).reshape(1, 16, 16, 3)
    answer = client.predict("serving_default", {"low_res": low_res})
    expected = served.predict("serving_default", {"low_res": low_res})
    for name, value in expected.items():
        np.testing.assert_allclose(answer[name], value, atol=1e-5)


def test_both_tell_what_the_server_says(client):
    with pytest.raises(RequestError, match="no JPEG or PNG file") as caught:
        client.predict("grade_only", files(b"x"))
    assert str(caught.value).startswith(("INVALID_ARGUMENT: ", "400: "))
    with pytest.raises(RequestError, match="no signature 'fly'"):
        client.predict("fly", files(b"x"))


@pytest.mark.parametrize("kind", [GrpcClient, RestClient])
def test_nobody_there_is_one_line(kind):
    client = kind("127.0.0.1", 1, "eye", 20)
    with pytest.raises(RequestError, match=r"UNAVAILABLE|no answer") as caught:
        client.predict("grade_only", files(b"x"))
    assert len(str(caught.value).splitlines()) == 1


class Flaky(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Fails with the given codes first, one a call."""

    def __init__(self, *codes):
        self.codes = list(codes)
        self.times = []

    def Predict(self, request, context):  # noqa: N802
        self.times.append(time.monotonic())
        if self.codes:
            context.abort(self.codes.pop(0), "not now")
        answer = predict_pb2.PredictResponse()
        large = np.zeros((1, 1200, 1200, 1), np.float32)
        answer.outputs["large"].CopyFrom(tf.make_tensor_proto(large))
        return answer


@pytest.fixture
def flaky():
    started = []

    def start(*codes):
        server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
        service = Flaky(*codes)
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
            service, server
        )
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        started.append(server)
        return service, GrpcClient("127.0.0.1", port, "eye", 20)

    yield start
    for server in started:
        server.stop(None)


def test_grpc_tries_again_and_waits_longer(flaky):
    codes = grpc.StatusCode
    service, client = flaky(codes.UNAVAILABLE, codes.RESOURCE_EXHAUSTED)
    answer = client.predict("serving_bytes", files(b"x"))
    # 5.8 MB: more than gRPC takes by default.
    assert answer["large"].nbytes > 4 * 2**20
    assert len(service.times) == 3
    # Backoff has jitter: between 0.8 and 1.2 of 0.2 s and of 0.4 s.
    assert service.times[2] - service.times[0] > 0.4


def test_grpc_gives_up_after_five_and_at_once_on_a_mistake(flaky):
    service, client = flaky(*[grpc.StatusCode.UNAVAILABLE] * 9)
    with pytest.raises(RequestError, match="UNAVAILABLE: not now"):
        client.predict("serving_bytes", files(b"x"))
    assert len(service.times) == 5
    service, client = flaky(*[grpc.StatusCode.INVALID_ARGUMENT] * 9)
    with pytest.raises(RequestError, match="INVALID_ARGUMENT: not now"):
        client.predict("serving_bytes", files(b"x"))
    assert len(service.times) == 1


def test_grpc_keeps_its_deadline(flaky):
    service, client = flaky(*[grpc.StatusCode.UNAVAILABLE] * 9)
    client.timeout = 0.3
    start = time.monotonic()
    with pytest.raises(RequestError, match="DEADLINE_EXCEEDED"):
        client.predict("serving_bytes", files(b"x"))
    assert time.monotonic() - start < 2


@pytest.fixture
def pages():
    """A REST server that answers by the given status codes, one a call."""
    started = []

    def start(*codes, wait=0.0):
        answers = list(codes)
        calls = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802
                size = int(self.headers["Content-Length"])
                calls.append(json.loads(self.rfile.read(size)))
                time.sleep(wait)
                code = answers.pop(0) if answers else 200
                content = {"outputs": {"grade": [[1.0]]}, "error": "not\nnow"}
                body = json.dumps(content).encode()
                self.send_response(code)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=made.serve_forever).start()
        started.append(made)
        return calls, made.server_port

    yield start
    for made in started:
        made.shutdown()
        made.server_close()


def test_rest_tries_again_where_the_server_is_busy(pages):
    calls, port = pages(503, 503)
    client = RestClient("127.0.0.1", port, "eye", 20)
    answer = client.predict("grade_only", files(b"hello"))
    assert answer["grade"].tolist() == [[1.0]]
    sent = {
        "signature_name": "grade_only",
        "inputs": {"photograph_bytes": [{"b64": "aGVsbG8="}]},
    }
    assert calls == [sent] * 3


def test_rest_gives_up(pages):
    calls, port = pages(*[503] * 9)
    with pytest.raises(RequestError, match="^503: not now$"):
        RestClient("127.0.0.1", port, "eye", 20).predict("x", files(b""))
    assert len(calls) == 5
    calls, port = pages(400)
    with pytest.raises(RequestError, match="^400: not now$"):
        RestClient("127.0.0.1", port, "eye", 20).predict("x", files(b""))
    assert len(calls) == 1
    calls, port = pages(wait=2.0)
    with pytest.raises(RequestError, match="no answer"):
        RestClient("127.0.0.1", port, "eye", 0.3).predict("x", files(b""))
