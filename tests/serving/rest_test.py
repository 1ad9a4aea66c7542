"""REST beyond the model's own numbers: forms of bodies, people, access."""

import base64
import gzip
import json
import logging
import ssl

import cv2
import numpy as np
import pytest
import trustme
import urllib3

from dmtdr_tf.client import RequestError, Security, connect
from dmtdr_tf.exporting.web.host_check import is_allowed_host
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.serving.body import inflate
from dmtdr_tf.serving.log_filter import LogFilter
from dmtdr_tf.serving.photograph_form import read_form
from dmtdr_tf.serving.server_options import ServerOptions
from dmtdr_tf.serving.serving_error import ServingError

PREDICT = "/v1/models/eye:predict"


def ask(server, path, body=None, method="POST", **headers):
    named = {k.replace("_", "-"): v for k, v in headers.items()}
    answer = urllib3.request(
        method,
        f"http://127.0.0.1:{server.rest_port}{path}",
        body=body,
        headers=named,
        timeout=60,
        retries=False,
    )
    return answer.status, json.loads(answer.data)


@pytest.fixture(scope="module")
def dark(photograph):
    """A photograph that the gate refuses."""
    picture = cv2.imdecode(np.frombuffer(photograph, np.uint8), 1) // 8
    return cv2.imencode(".png", picture)[1].tobytes()


def body_with(*contents, rows=False, encode=base64.b64encode, **more):
    files = [{"b64": encode(content).decode()} for content in contents]
    key = "instances" if rows else "inputs"
    values = {"photograph_bytes": files, **more} if more else files
    return json.dumps({"signature_name": "grade_only", key: values}).encode()


def test_every_form_of_base_64_and_gzip(server, photograph):
    expected = ask(server, PREDICT, body_with(photograph))
    assert expected[0] == 200

    def unpadded(content):
        return base64.b64encode(content).rstrip(b"=")

    for encode in (
        base64.urlsafe_b64encode,
        base64.encodebytes,
        unpadded,
    ):
        body = body_with(photograph, encode=encode)
        assert ask(server, PREDICT, body) == expected
    body = gzip.compress(body_with(photograph))
    for name in ("gzip", "x-gzip", "GZIP"):
        given = ask(server, PREDICT, body, Content_Encoding=name)
        assert given == expected
    form = "application/x-www-form-urlencoded; charset=utf-8"
    plain = body_with(photograph)
    assert ask(server, PREDICT, plain, Content_Type=form) == expected
    status, answer = ask(server, PREDICT, body, Content_Encoding="br")
    assert (status, "gzip or none" in answer["error"]) == (415, True)
    status, answer = ask(server, PREDICT, body[:50], Content_Encoding="gzip")
    assert (status, "cut short" in answer["error"]) == (400, True)


def test_inflating_stops_at_the_limit():
    content = b"eye" * 1000
    both = gzip.compress(content) + gzip.compress(content)
    assert inflate(both, 6000) == content * 2
    for most in (5999, 2999, 0):
        with pytest.raises(ServingError, match="more than") as caught:
            inflate(both, most)
        assert caught.value.http_status == 413
    with pytest.raises(ServingError, match="damaged"):
        inflate(b"no gzip", 100)


def test_the_gate_is_on_and_can_be_opened(server, photograph, dark):
    status, answer = ask(server, PREDICT, body_with(dark))
    assert status == 400
    assert answer["error"].startswith("this photograph cannot be graded")
    assert "too dark" in answer["error"]
    assert ask(server, PREDICT, body_with(dark, gate=False))[0] == 200
    assert ask(server, PREDICT, body_with(dark, gate=True))[0] == 400
    # One for each photograph, and the refused one is named.
    body = body_with(photograph, dark, gate=[True, False])
    assert ask(server, PREDICT, body)[0] == 200
    status, answer = ask(server, PREDICT, body_with(photograph, dark))
    assert answer["error"].startswith("photograph 1: this photograph cannot")
    rows = [
        {
            "photograph_bytes": {"b64": base64.b64encode(dark).decode()},
            "gate": g,
        }
        for g in (False, False)
    ]
    request = {"signature_name": "serving_bytes", "instances": rows}
    status, answer = ask(server, PREDICT, json.dumps(request))
    assert (status, len(answer["predictions"])) == (200, 2)
    for gate in (1, "no", [True] * 3, [[True]]):
        assert ask(server, PREDICT, body_with(dark, gate=gate))[0] == 400


def test_json_speaks_to_people(server, served, photograph):
    _, answer = ask(server, PREDICT, body_with(photograph))
    (words,) = answer["summaries"]
    probabilities = answer["outputs"]["grade_probabilities"][0]
    assert words["grade"] == int(np.argmax(probabilities))
    assert words["grade_name"] == served.labels["grades"][words["grade"]]
    assert words["referable_probability"] == pytest.approx(
        sum(probabilities[2:])
    )
    assert list(words["lesion_percent_of_retina"]) == [
        *served.labels["lesion_names"]
    ]
    assert set(words["quality"]) == set(served.labels["quality_measures"])
    assert words["quality"]["brightness"] > 0.1


def test_a_plain_request_of_one_photograph(server, photograph, dark):
    for kind in ("image/png", "application/x-www-form-urlencoded", ""):
        given = ask(server, "/v1/photographs", photograph, Content_Type=kind)
        status, answer = given
        assert status == 200
        (words,) = answer["photographs"]
        assert len(answer["model"]["sha256"]) == len(words["sha256"]) == 64
        assert words["grade_name"]
    status, answer = ask(server, "/v1/photographs", dark)
    assert status == 400
    assert "too dark" in answer["photographs"][0]["error"]
    assert ask(server, "/v1/photographs?gate=false", dark)[0] == 200
    status, answer = ask(
        server, "/v1/photographs?pictures=true&gate=false", dark
    )
    pictures = answer["photographs"][0]["pictures"]
    content = base64.b64decode(pictures["lesions"][3]["b64"])
    assert content.startswith(b"\x89PNG")
    for query in ("gate=perhaps", "fly=true"):
        assert ask(server, f"/v1/photographs?{query}", photograph)[0] == 400
    assert ask(server, "/v1/photographs", b"")[0] == 400


def test_one_bad_photograph_of_a_form_does_not_cost_the_others(
    server, photograph, dark
):
    fields = [
        ("photograph", ("a.png", photograph)),
        ("photograph", ("dark.png", dark)),
        ("photograph", ("b.txt", b"no photograph")),
        ("other", ("c.png", photograph)),
    ]
    body, kind = urllib3.encode_multipart_formdata(fields)
    status, answer = ask(server, "/v1/photographs", body, Content_Type=kind)
    assert status == 200
    found = {one["file"]: one.get("error", "") for one in answer["photographs"]}
    assert list(found) == ["a.png", "dark.png", "b.txt", "c.png"]
    assert [bool(found[name]) for name in found] == [False, True, True, False]
    fields = [("photograph", ("d.png", dark)), ("gate", "false")]
    body, kind = urllib3.encode_multipart_formdata(fields)
    given = ask(server, "/v1/photographs", body, Content_Type=kind)
    assert given[0] == 200
    for wrong in (kind, "multipart/form-data"):
        given = ask(server, "/v1/photographs", b"--x", Content_Type=wrong)
        assert given[0] == 400


def test_a_form_stays_in_memory(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "missing"))
    content = bytes(5_000_000)
    body, kind = urllib3.encode_multipart_formdata({"f": ("a.jpg", content)})
    assert read_form(body, kind, {}).files == [("a.jpg", content)]


@pytest.mark.parametrize(
    ("path", "method", "status", "message"),
    [
        ("/v1/models/eye:classify", "POST", 400, "only Predict"),
        ("/v1/models/eye/versions/1:regress", "POST", 400, "only Predict"),
        ("/v1/models/eye/labels/new:predict", "POST", 404, "version labels"),
        ("/v1/models/eye/labels/new", "GET", 404, "version labels"),
        ("/v1/models", "GET", 400, "Missing model name"),
    ],
)
def test_other_requests_of_the_api(server, path, method, status, message):
    given, answer = ask(server, path, b"{}", method)
    assert (given, message in answer["error"]) == (status, True)


@pytest.mark.parametrize("rest", [False, True])
def test_a_client_gets_the_labels(server, served, rest):
    port = server.rest_port if rest else server.port
    with connect("127.0.0.1", port, model="eye", rest=rest) as client:
        assert client.labels == served.labels


def test_metrics(server, photograph):
    ask(server, "/v1/photographs", photograph)
    url = f"http://127.0.0.1:{server.rest_port}/metrics"
    text = urllib3.request("GET", url).data.decode()
    assert 'dmtdr_requests_total{method="photographs",status="OK"' in text
    assert "dmtdr_request_seconds_bucket" in text
    assert 'dmtdr_model_info{model="eye",sha256="' in text


def test_an_answer_that_is_too_large_is_refused(served):
    low_res = {"low_res": np.full((4, 16, 16, 3), 0.5, np.float32)}
    with pytest.raises(ServingError, match="send fewer photographs"):
        served.predict("", low_res, most_numbers=100_000)


def test_requests_are_logged_with_fingerprints(
    server, served, photograph, caplog
):
    caplog.set_level(logging.INFO, "dmtdr_tf.serving")
    _, answer = ask(server, "/v1/photographs", photograph)
    (line,) = (r.getMessage() for r in caplog.records)
    assert f"photograph={answer['photographs'][0]['sha256']}" in line
    assert f"model={served.sha256} version=1" in line
    assert line.endswith(" s")


def test_the_log_neither_floods_nor_holds_control_characters():
    now = [0.0]
    lines = LogFilter(lambda: now[0])

    def record(text, **more):
        given = {"msg": "%s", "args": (text,), "levelno": 20, **more}
        return logging.makeLogRecord(given)

    assert all(lines.filter(record("answer")) for _ in range(100))
    refused = [lines.filter(record("no", repeated="k")) for _ in range(100)]
    assert sum(refused) == 20
    now[0] = 11.0
    last = record("no\x1b[31m\n\u202e", repeated="k")
    assert lines.filter(last)
    assert last.getMessage().startswith(r"no\x1b[31m\n\u202e (and 80 more")


@pytest.mark.parametrize(
    ("host", "is_allowed"),
    [
        ("localhost", True),
        ("LOCALHOST.:8501", True),
        ("127.0.0.1:80", True),
        ("[::1]:8501", True),
        ("192.168.1.7", True),
        ("eyes.example:8501", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("evil.example:127.0.0.1", False),
    ],
)
def test_other_names_of_this_machine(host, is_allowed):
    assert is_allowed_host(host, ("eyes.example",)) == is_allowed
    assert is_allowed_host(host, ("*",))


def test_a_foreign_name_is_refused(server, start, served):
    status, answer = ask(server, "/v1/models/eye", None, "GET", Host="evil.io")
    assert (status, "--allowed-hosts" in answer["error"]) == (421, True)
    other = start(served, allowed_hosts=("evil.io",))
    assert ask(other, "/v1/models/eye", None, "GET", Host="evil.io")[0] == 200


@pytest.fixture
def token_file(tmp_path):
    file = tmp_path / "token"
    file.write_text("s3cret\n")
    return str(file)


@pytest.mark.parametrize("rest", [False, True])
def test_a_token(start, served, photograph, token_file, rest):
    server = start(served, token_file=token_file)
    port = server.rest_port if rest else server.port
    files = {"photograph_bytes": np.array([photograph, None], object)[:-1]}
    security = Security(token_file=token_file)
    options = {"model": "eye", "rest": rest}
    with connect("127.0.0.1", port, security=security, **options) as client:
        assert client.predict("grade_only", files)["grade"].shape == (1, 5)
    with (
        connect("127.0.0.1", port, **options) as client,
        pytest.raises(RequestError, match="token is missing or wrong"),
    ):
        client.predict("grade_only", files)
    if rest:
        url = f"http://127.0.0.1:{port}/healthz"
        assert urllib3.request("GET", url).status == 200


@pytest.mark.parametrize("rest", [False, True])
def test_tls(start, served, photograph, tmp_path, rest):
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    paths = {name: str(tmp_path / name) for name in ("ca", "key", "chain")}
    authority.cert_pem.write_to_path(paths["ca"])
    certificate.private_key_pem.write_to_path(paths["key"])
    certificate.cert_chain_pems[0].write_to_path(paths["chain"])
    server = start(served, tls_certificate=paths["chain"], tls_key=paths["key"])
    port = server.rest_port if rest else server.port
    files = {"photograph_bytes": np.array([photograph, None], object)[:-1]}
    options = {"model": "eye", "rest": rest, "timeout": 20}
    with connect(
        "127.0.0.1", port, security=Security(tls_ca=paths["ca"]), **options
    ) as client:
        assert client.predict("grade_only", files)["grade"].shape == (1, 5)
    for security, message in (
        (Security(tls=True), "."),
        (Security(), "."),
    ):
        with (
            connect("127.0.0.1", port, security=security, **options) as client,
            pytest.raises(RequestError, match=message) as caught,
        ):
            client.predict("grade_only", files)
        assert len(str(caught.value).splitlines()) == 1
    context = ssl.create_default_context(cafile=paths["ca"])
    assert context.cert_store_stats()["x509_ca"]


def test_wrong_files_are_told_before_the_model_loads(tmp_path, token_file):
    from dmtdr_tf.serving.server import check_ports, check_tls

    missing = str(tmp_path / "missing")
    for options, message in (
        ({"tls_key": token_file}, "^tls_certificate: TLS needs both"),
        ({"tls_certificate": token_file}, "^tls_key: TLS needs both"),
        ({"token_file": missing}, "^token_file: .*cannot be read"),
        ({"tls_key": missing, "tls_certificate": missing}, "cannot be read"),
    ):
        with pytest.raises(UserError, match=message):
            ServerOptions(**options)
    (tmp_path / "empty").touch()
    with pytest.raises(UserError, match="one line of printable ASCII"):
        ServerOptions(token_file=str(tmp_path / "empty"))
    options = ServerOptions(tls_key=token_file, tls_certificate=token_file)
    with pytest.raises(UserError, match="not a PEM certificate"):
        check_tls(options)
    with pytest.raises(UserError, match="^port: cannot listen"):
        check_ports(ServerOptions(host="192.0.2.1"))
