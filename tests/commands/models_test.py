import json
import subprocess
import sys

import pytest

from dmtdr_tf.commands import models
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.pretrained import default_model, find_model, shipped_models


def test_lists_every_model_with_its_figures(capsys):
    models.run(models.Arguments())
    shown = capsys.readouterr().out
    assert shown.startswith(f"{default_model()} (default): ")
    for name in shipped_models():
        run = find_model(name)
        low, high = run.config.low_res_size, run.config.data.high_res_size
        assert f"{low} x {low} to {high} x {high} pixels" in shown
        figures = json.loads((run.path / "evaluation.json").read_text())
        kappa = figures["grading"]["quadratic_kappa"]
        assert f"quadratic kappa {kappa:.2f}" in shown
        assert str(run.path / "README.md") in shown


def test_needs_no_tensorflow():
    code = (
        "import sys; sys.modules['tensorflow'] = None; "
        "from dmtdr_tf import cli; cli.run_command(['models'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert default_model() in done.stdout


def test_prints_the_card_of_one(capsys):
    name = default_model()
    models.run(models.Arguments(name))
    card = (find_model(name).path / "README.md").read_text()
    assert capsys.readouterr().out.split() == card.split()


def test_another_name_is_refused():
    with pytest.raises(UserError, match=f"no model .*{default_model()}"):
        models.check(models.Arguments("base"))
