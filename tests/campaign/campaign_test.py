"""The campaign finds what is wrong, and finds nothing in the package."""

import os
import pathlib

import numpy as np
import pytest
from campaign import table, tally
from campaign.encoders import ENCODERS
from campaign.mutations import MUTATIONS
from campaign.outcome import Outcome
from campaign.parts import PARTS, Part
from campaign.runner import run
from campaign.strict import damage


@pytest.fixture(autouse=True)
def _import_path(monkeypatch):
    """Workers and servers import `campaign`, too."""
    tests = pathlib.Path(__file__).parents[1]
    paths = [str(tests), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))


@pytest.fixture(scope="module")
def eye():
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (12, 12, 3), dtype=np.uint8)
    return coarse.repeat(12, 0).repeat(12, 1)


def test_every_end_of_an_input_is_counted(tmp_path):
    part = Part("campaign.faulty_judge", 8, 8, 5, 1, "faults")
    result = run(part, 8, 0, tmp_path)
    assert result["counts"] == {
        "inputs": 8,
        "refused": 1,
        "accepted": 2,
        "known": 0,
        "wrong": 1,
        "crashed": 3,
        "hung": 1,
        "dropped": 0,
    }
    details = {index: rest for index, *rest in result["failures"]}
    assert details[1] == ["input 1", "crashed", "SIGSEGV"]
    assert details[2] == ["input 2", "hung", "over 5 s"]
    assert details[3] == ["library", "crashed", "ValueError: a trace"]
    assert sorted(details) == [1, 2, 3, 5, 6]


def test_an_input_without_an_outcome_is_dropped():
    result = tally.tally([Outcome("a", "accepted"), None], first=7)
    assert result["counts"]["dropped"] == 1
    assert result["failures"][0][0] == 8


@pytest.mark.parametrize("name", ENCODERS)
def test_the_strict_decoder_takes_intact_files(eye, name):
    assert damage(ENCODERS[name].write(eye)) == ""


@pytest.mark.parametrize(
    "name", ["jpeg baseline", "jpeg progressive", "png", "tiff lzw"]
)
@pytest.mark.parametrize("mutation", ["cut", "cut and closed", "garbage"])
def test_the_strict_decoder_finds_damage(eye, name, mutation):
    data = ENCODERS[name].write(eye)
    rng = np.random.default_rng(1)
    if name.startswith("tiff"):
        data = data[: len(data) * 2 // 3]
    assert damage(MUTATIONS[mutation](rng, data))


def test_extraneous_bytes_are_harmless(eye):
    data = ENCODERS["jpeg baseline"].write(eye)
    assert damage(data[:-2] + b"abc" + data[-2:]) == ""


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_seed_gives_the_same_damage(eye, mutation):
    data = ENCODERS["png"].write(eye)
    first, second = (
        MUTATIONS[mutation](np.random.default_rng([12, 3]), data)
        for _ in range(2)
    )
    assert first == second != data


def test_the_page_shows_the_last_run(tmp_path):
    page = tmp_path / "reliability.md"
    page.write_text(
        "a\n<!-- campaign -->\nstale\n<!-- end of campaign -->\nb\n"
    )
    counts = tally.tally([Outcome("a", "refused", memory=80.4)])
    run_of = {
        "seconds": 2.0,
        "seed": 12,
        "commit": "abc",
        "machine": "two cores",
    }
    table.render({"masks": counts | run_of}, page)
    text = page.read_text()
    zeros = "0 | " * 6
    row = f"| masks: lesion masks | 1 | 1 | {zeros}80 MB | 2 s |"
    assert row in text and "stale" not in text
    assert text.startswith("a\n") and text.endswith("\nb\n")


@pytest.mark.slow
@pytest.mark.parametrize("name", PARTS)
def test_nothing_is_wrong(name, tmp_path_factory):
    shared = tmp_path_factory.getbasetemp() / "campaign"
    shared.mkdir(exist_ok=True)
    result = run(PARTS[name], PARTS[name].quick, 12, shared)
    assert result["failures"] == []
    assert result["counts"]["inputs"] == PARTS[name].quick
