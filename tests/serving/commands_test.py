"""`dmtdr serve` as a process and `dmtdr client` beside it."""

import os
import re
import signal
import subprocess
import sys

import cv2
import numpy as np
import pytest

from dmtdr_tf.commands import client, serve
from dmtdr_tf.config import file as config_file
from dmtdr_tf.config import presets
from dmtdr_tf.exporting import current_export
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import LESIONS


@pytest.fixture
def folder(tmp_path, photograph):
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    (photographs / "a.png").write_bytes(photograph)
    (photographs / "b.jpg").write_bytes(b"no photograph")
    (photographs / "c.png").write_bytes(photograph)
    return photographs


def run_client(server, folder, rest, **options):
    port = server.rest_port if rest else server.port
    names = (str(folder), str(folder / "missing.png"))
    client.run(
        client.Arguments(names, port=port, rest=rest, model="eye", **options)
    )


@pytest.mark.parametrize("rest", [False, True])
@pytest.mark.parametrize(
    "signature", ["serving_bytes", "serving_default", "grade_only"]
)
def test_rows_pictures_and_what_failed(
    server, served, folder, tmp_path, capsys, photograph, rest, signature
):
    output = "" if signature == "grade_only" else str(tmp_path / "out")
    with pytest.raises(UserError, match="2 of 4 photographs have no answer"):
        run_client(server, folder, rest, signature=signature, output=output)
    shown = capsys.readouterr()
    header, *rows = (line.split("\t") for line in shown.out.splitlines())
    assert header[:3] == ["file", "grade", "none"]
    assert header[-2:] == ["referable", "grades"]
    files = {"photograph_bytes": np.array([photograph], object)}
    expected = served.predict("serving_bytes", files)
    probabilities = expected["grade_probabilities"][0]
    assert [row[0] for row in rows] == [
        str(folder / "a.png"),
        str(folder / "c.png"),
    ]
    for row in rows:
        assert int(row[1]) == probabilities.argmax()
        *found, referable, grades = row[2:]
        found = [float(text) for text in found]
        # The served model is not calibrated: from a half on, and no set.
        assert referable == ("yes" if sum(found[2:]) >= 0.5 else "no")
        assert grades == "-"
        np.testing.assert_allclose(found, probabilities, atol=2e-3)
    for name in ("b.jpg", "missing.png"):
        (line,) = (x for x in shown.err.splitlines() if name in x)
        assert line.startswith(f"{folder / name}: ")
    if not output:
        return
    names = {"super_resolution", *(f"lesions_{x}" for x in LESIONS), "evidence"}
    for place in ("a", "c"):
        found = {p.stem for p in (tmp_path / "out" / place).iterdir()}
        assert found == names
    written = cv2.imread(str(tmp_path / "out" / "a" / "evidence.png"), 0)
    decoded = np.frombuffer(expected["evidence_bytes"][0], np.uint8)
    difference = written.astype(int) - cv2.imdecode(decoded, 0)
    assert np.abs(difference).max() <= (
        0 if signature == "serving_bytes" else 3
    )


def test_a_poor_photograph_is_not_sent(server, folder, capsys):
    dark = cv2.imread(str(folder / "a.png")) // 8
    cv2.imwrite(str(folder / "a.png"), dark)
    for gate, lacking in ((True, 3), (False, 2)):
        with pytest.raises(UserError, match=f"{lacking} of 4 photographs"):
            run_client(server, folder, False, quality_gate=gate)
        shown = capsys.readouterr()
        told = f"{folder / 'a.png'}: this photograph cannot be graded, because"
        assert (told in shown.err) == gate
        assert (str(folder / "a.png") in shown.out) != gate


def test_nothing_is_written_where_nothing_is_answered(server, folder, tmp_path):
    (folder / "a.png").write_bytes(b"")
    (folder / "c.png").unlink()
    output = tmp_path / "out"
    with pytest.raises(UserError, match="nothing was written"):
        run_client(server, folder, False, output=str(output))
    assert not output.exists()
    output.mkdir()
    with pytest.raises(UserError, match="^output: .*out exists"):
        run_client(server, folder, False, output=str(output))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"photographs": ()}, "at least one photograph"),
        ({"port": 70_000}, "^port: must be in"),
        ({"timeout": 0.0}, "^timeout: must be above 0"),
        ({"signature": "grade_only", "output": "x"}, "without pictures"),
    ],
)
def test_wrong_options_of_the_client(options, message):
    with pytest.raises(UserError, match=message):
        client.Arguments(**{"photographs": ("eye.png",), **options})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"port": -1}, "port: must be in"),
        ({"rest_port": 70_000}, "rest_port: must be in"),
        ({"workers": 0}, "workers: must be at least 1"),
        ({"max_batch": 0}, "max_batch: must be at least 1"),
        ({"queue": -1}, "queue: must be at least 0"),
        ({"timeout": float("nan")}, "timeout: must be at least"),
    ],
)
def test_wrong_options_of_the_server(options, message):
    with pytest.raises(UserError, match=message):
        serve.Arguments(**options)


def test_no_model_is_one_line(tmp_path):
    with pytest.raises(UserError, match="holds no SavedModel"):
        serve.run(serve.Arguments(model=str(tmp_path)))
    with pytest.raises(UserError, match="no config.json"):
        serve.run(serve.Arguments(workdir=str(tmp_path)))


def test_a_process_serves_until_a_signal(exported, folder, capsys):
    command = [sys.executable, "-m", "dmtdr_tf.cli", "serve"]
    options = ["--model", str(exported), "--port=0", "--rest-port=0"]
    process = subprocess.Popen(
        [*command, *options, "--name=eye"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        ready = process.stdout.readline()
        port = re.search(r"gRPC on 127.0.0.1:(\d+)", ready)[1]
        names = (str(folder / "a.png"), str(folder / "c.png"))
        client.run(client.Arguments(names, port=int(port), model="eye"))
        assert len(capsys.readouterr().out.splitlines()) == 3
    finally:
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=60)
    assert process.returncode == 0
    lines = [line for line in log.splitlines() if " predict " in line]
    # The labels are asked for once, for the model's operating point.
    assert [line for line in lines if "'serving_labels'" in line] == lines[1:2]
    lines = [line for line in lines if "'serving_labels'" not in line]
    assert len(lines) == 2
    assert all("grpc ipv4:127.0.0.1" in line for line in lines)
    assert all("'serving_bytes' OK" in line for line in lines)


def test_a_run_is_exported_where_it_was_not(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "export" / "saved_model"
    weights = tmp_path / "joint" / "best.weights.h5"
    weights.parent.mkdir()
    weights.touch()
    config_file.save(presets.preset("demo"), tmp_path / "config.json")
    exported = []

    def export_run(run, format):
        exported.append(run.path)
        folder.mkdir(parents=True)

    monkeypatch.setattr(current_export, "export_run", export_run)
    arguments = serve.Arguments(workdir=str(tmp_path))
    os.utime(weights, (1, 1))
    for _ in range(2):
        assert serve._saved_model(arguments) == folder
    assert exported == [tmp_path]
    assert not capsys.readouterr().err
    # Trained again since.
    os.utime(weights, (2**32, 2**32))
    serve._saved_model(arguments)
    assert "older than the run's weights" in capsys.readouterr().err
