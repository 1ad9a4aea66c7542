"""export/c/grade.c, compiled and run."""

import pathlib
import re
import shutil
import subprocess
import sys

import cv2
import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.exporting.saved_model.warm_up import draw_eye

SOURCE = pathlib.Path(__file__).parents[3] / "export" / "c"


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    if not (shutil.which("make") and shutil.which("cc")):
        pytest.skip("no make or no C compiler (cc) here")
    if not (SOURCE / "grade.c").exists():
        pytest.skip("not in a checkout: no export/c/grade.c")
    folder = tmp_path_factory.mktemp("c")
    for name in ("grade.c", "Makefile"):
        shutil.copy(SOURCE / name, folder)
    strict = "CFLAGS=-O1 -Wall -Wextra -Wpedantic -Werror"
    subprocess.run(
        ["make", "-s", f"PYTHON={sys.executable}", strict],
        cwd=folder,
        check=True,
        timeout=300,
    )
    return folder / "grade"


@pytest.fixture(scope="module")
def photograph(tmp_path_factory):
    """A drawn eye, as JPEG."""
    picture = draw_eye(128)[..., ::-1]
    path = tmp_path_factory.mktemp("eye") / "eye.jpg"
    cv2.imwrite(str(path), picture)
    return path


def run(program, *arguments):
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, timeout=120
    )


def test_grades_as_python_does(program, saved_model, photograph):
    done = run(program, saved_model, photograph)
    assert done.returncode == 0, done.stderr
    first, *rows = done.stdout.splitlines()
    found = np.array([float(row.split()[-1]) for row in rows])
    serve = tf.saved_model.load(str(saved_model)).signatures["serving_bytes"]
    content = tf.constant([photograph.read_bytes()])
    expected = serve(photograph_bytes=content)["grade_probabilities"][0]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert int(first.split()[1]) == np.argmax(expected)
    names = [row.split()[1] for row in rows]
    assert first.split()[2] == f"({names[int(first.split()[1])]})"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        (b"", "the file is empty"),
        (b"GIF89a, no photograph", "not a JPEG or PNG photograph"),
        (b"\xff\xd8\xff\xe0 and then no JPEG", "eye.jpg: "),
    ],
)
def test_a_bad_photograph_is_one_line(
    program, saved_model, tmp_path, content, message
):
    path = tmp_path / "eye.jpg"
    if content is not None:
        path.write_bytes(content)
    done = run(program, saved_model, path)
    assert done.returncode == 1
    assert not done.stdout
    (line,) = errors(done)
    assert message in line


def test_a_folder_that_is_no_saved_model_is_one_line(
    program, photograph, tmp_path
):
    done = run(program, tmp_path, photograph)
    assert done.returncode == 1
    (line,) = errors(done)
    assert "Could not find SavedModel" in line


def test_called_wrongly_it_says_how(program):
    done = run(program)
    assert done.returncode == 2
    assert "usage: " in done.stderr
    assert "SAVED_MODEL PHOTOGRAPH" in done.stderr


def errors(done):
    """Our lines; TensorFlow's library says a few of its own when it loads."""
    lines = done.stderr.splitlines()
    assert len([x for x in lines if not re.match(r"[IWE]\d{4}|WARN", x)]) == 1
    return [line for line in lines if line.startswith("error: ")]
