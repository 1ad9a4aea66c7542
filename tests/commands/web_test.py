import subprocess
import sys
import urllib.request

import pytest

from dmtdr_tf.commands import web as command
from dmtdr_tf.commands.web import Arguments
from dmtdr_tf.exporting.web.server import make_server
from dmtdr_tf.files.errors import UserError


@pytest.fixture
def page(tmp_path):
    (tmp_path / "model.json").write_text("{}")
    (tmp_path / "index.html").write_text("<!doctype html>hello")
    return tmp_path


def test_serves_the_page_without_tensorflow(page):
    code = (
        "import sys; sys.modules['tensorflow'] = None; "
        "from dmtdr_tf import cli; "
        f"cli.run_command(['web', {str(page)!r}, '--port=0'])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            address = process.stdout.readline().strip()
            with urllib.request.urlopen(address, timeout=10) as answer:
                assert answer.read() == b"<!doctype html>hello"
        finally:
            process.terminate()


def test_refuses_another_folder(tmp_path):
    for directory in (tmp_path, tmp_path / "missing"):
        with pytest.raises(UserError, match="dmtdr export --format web"):
            command.run(Arguments(str(directory)))


def test_refuses_a_port_that_is_taken_or_none(page):
    with make_server(page, 0) as server:
        port = server.server_port
        with pytest.raises(UserError, match=f"port: {port} .*in use"):
            command.run(Arguments(str(page), port))
    with pytest.raises(UserError, match="port: must be in"):
        Arguments(str(page), 70000)
