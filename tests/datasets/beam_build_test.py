"""Beam's workers prepare the same records as this process."""

import pytest

from dmtdr_tf import cli
from dmtdr_tf.files.errors import UserError
from dmtdr_tf_datasets.eyepacs.eyepacs_dataset_builder import Builder

pytest.importorskip("apache_beam", reason="needs Apache Beam")

EYES = [f"{patient}_left" for patient in range(5)]
RUNNER = (
    "runner=DirectRunner,direct_num_workers=2,"
    "direct_running_mode=multi_processing"
)


@pytest.fixture
def folder(tmp_path, write_fundus):
    root = tmp_path / "eyepacs"
    for name in EYES:
        write_fundus(root / "train" / f"{name}.jpeg")
    lines = [f"{name},{grade % 5}\n" for grade, name in enumerate(EYES)]
    (root / "trainLabels.csv").write_text("image,level\n" + "".join(lines))
    return root


def _prepare(folder, data_dir, options=RUNNER):
    cli.run_command(
        [
            *("datasets", "prepare", "eyepacs", "--size", "256"),
            *("--manual_dir", str(folder), "--data_dir", str(data_dir)),
            *("--beam_options", options),
        ]
    )


def test_records_are_those_of_a_build_without_beam(
    folder, tmp_path, build, samples, capfd
):
    (folder / "train/3_left.jpeg").write_bytes(b"\xff\xd8 cut short")
    _prepare(folder, tmp_path / "beam")
    told = capfd.readouterr()
    assert "eyepacs/256/1.1.0 train: 4" in told.out
    assert "3_left.jpeg" in told.err
    assert "eyepacs: skipped 1 photographs of 'train'" in told.err
    on_beam = build(Builder, tmp_path / "beam", folder, "256")
    here = build(Builder, tmp_path / "here", folder, "256")
    one, other = samples(on_beam, "train"), samples(here, "train")
    assert sorted(one) == sorted(other) == sorted(set(EYES) - {"3_left"})
    for name, row in one.items():
        assert (
            row["photograph"].tobytes() == other[name]["photograph"].tobytes()
        )
        assert row["grade"] == other[name]["grade"]
        assert row["quality"] == other[name]["quality"]


def test_unknown_runner_is_named(folder, tmp_path):
    with pytest.raises(UserError, match="--beam-options: .*MoonRunner"):
        _prepare(folder, tmp_path / "beam", "runner=MoonRunner")
    assert not (tmp_path / "beam").exists()


def test_nothing_but_unreadable_photographs_is_one_line(folder, tmp_path):
    for name in EYES:
        (folder / "train" / f"{name}.jpeg").write_bytes(b"no photograph")
    with pytest.raises(UserError, match="unreadable"):
        _prepare(folder, tmp_path / "beam")
