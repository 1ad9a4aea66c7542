import pathlib
import shutil
import subprocess
import sys
import urllib.request

import pytest

from dmtdr_tf.commands import web as command
from dmtdr_tf.commands.web import Arguments
from dmtdr_tf.exporting import current_export
from dmtdr_tf.exporting.web.server import make_server
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.pretrained import default_model


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


def test_a_page_has_its_own_model(page):
    with pytest.raises(UserError, match="^model: the page in .* its own model"):
        Arguments(str(page), model="small_idrid")


def test_without_a_folder_the_page_is_exported_once(
    page, tmp_path, monkeypatch
):
    monkeypatch.setenv("DMTDR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(current_export, "page_version", lambda: "0123456789")
    monkeypatch.setattr(command, "built_page", lambda: page)
    exported, served = [], []

    def export_run(run, format, folder):
        exported.append((run.label, format))
        shutil.copytree(page, folder, ignore=lambda *_: ["cache"])

    def serve(directory, port, hosts):
        served.append(directory)
        raise UserError("enough")

    monkeypatch.setattr(current_export, "export_run", export_run)
    monkeypatch.setattr(command, "make_server", serve)
    for number in range(2):
        command.check(Arguments())
        assert command.uses_tensorflow(Arguments()) == (number == 0)
        with pytest.raises(UserError, match="enough"):
            command.run(Arguments())
    assert exported == [(default_model(), "web")]
    assert len(set(served)) == 1
    folder = pathlib.Path(served[0])
    assert folder.parent == tmp_path / "cache" / "web"
    assert folder.name.startswith(f"{default_model()}-")
    assert folder.name.endswith("-01234567")
