import importlib.metadata
import importlib.resources

import pytest

import dmtdr_tf


@pytest.mark.parametrize(
    ("package", "files"),
    [
        ("dmtdr_tf.preprocessing", ["constants.json"]),
        (
            "dmtdr_tf.pretrained",
            ["small_idrid/metadata.json", "small_idrid/README.md"],
        ),
        (
            "dmtdr_tf.reporting",
            ["templates/report.html", "templates/report.css"],
        ),
        (
            "dmtdr_tf_datasets.idrid",
            ["README.md", "CITATIONS.bib", "TAGS.txt", "eyes.tsv"],
        ),
        (
            "dmtdr_tf_datasets.synthetic_fundus",
            ["README.md", "CITATIONS.bib", "TAGS.txt"],
        ),
    ],
)
def test_text_files_are_installed(package, files):
    folder = importlib.resources.files(package)
    for name in files:
        assert folder.joinpath(name).read_text().strip(), name


def test_version_and_console_script_are_the_packages():
    found = importlib.metadata.distribution("dmtdr-tf")
    assert found.version == dmtdr_tf.__version__
    scripts = {e.name: e.value for e in found.entry_points}
    assert scripts == {"dmtdr": "dmtdr_tf.cli:main"}


def test_tensorflow_is_required_by_its_own_name():
    required = importlib.metadata.requires("dmtdr-tf")
    names = {r.split(">")[0].split(";")[0].strip() for r in required}
    assert "tensorflow" in names
    assert "opencv-python-headless" in names
    # Both would write into another's folder.
    assert not names & {"tensorflow-cpu", "opencv-python", "tensorflow-addons"}
