import http.client
import threading

import pytest

from dmtdr_tf.exporting.web.server import make_server


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "page"
    (folder / "wasm").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>")
    (folder / "worker.js").write_text("work()")
    (folder / "model.json").write_text("{}")
    (folder / "model.tflite").write_bytes(b"TFL3")
    (folder / "wasm" / "code.wasm").write_bytes(b"\0asm")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "up").symlink_to(tmp_path)
    return folder


@pytest.fixture
def ask(folder):
    with make_server(folder, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def ask(path, method="GET"):
            connection = http.client.HTTPConnection(
                "127.0.0.1", server.server_port, timeout=10
            )
            connection.request(method, path)
            answer = connection.getresponse()
            return answer, answer.read()

        ask.server = server
        yield ask
        server.shutdown()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/index.html", "text/html"),
        ("/worker.js", "text/javascript"),
        ("/model.json", "application/json"),
        ("/model.tflite", "application/octet-stream"),
        # A browser compiles WebAssembly as it arrives only with this type.
        ("/wasm/code.wasm", "application/wasm"),
    ],
)
def test_files_come_with_their_types(ask, path, kind):
    answer, content = ask(path)
    assert answer.status == 200
    assert answer.headers.get_content_type() == kind
    assert len(content) == int(answer.headers["Content-Length"]) > 0


@pytest.mark.parametrize("path", ["/", "/worker.js", "/missing"])
def test_every_answer_has_the_headers(ask, path):
    headers = ask(path)[0].headers
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    policy = headers["Content-Security-Policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "script-src 'self' 'wasm-unsafe-eval'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/wasm/../../secret.txt",
        "/..%2fsecret.txt",
        "/link.txt",
        "/up/secret.txt",
        "//etc/passwd",
        "/%00",
        "/wasm/",
    ],
)
def test_nothing_else_is_served(ask, path):
    answer, content = ask(path)
    assert answer.status in (400, 404)
    assert b"secret" not in content.replace(path.encode(), b"")
    assert b"code.wasm" not in content


def test_takes_no_data(ask):
    assert ask("/", "POST")[0].status == 501
    assert ask("/", "HEAD")[1] == b""


def test_is_reached_from_this_machine_only(ask):
    assert ask.server.server_address[0] == "127.0.0.1"
