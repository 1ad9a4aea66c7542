"""Presets on the hub, with a module in place of its client."""

import pathlib
import sys
import types

import pytest

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.pretrained import default_model, find_model, hub
from dmtdr_tf.pretrained.preset_folder import FILES
from dmtdr_tf.pretrained.shipped import shipped_folder


@pytest.fixture
def client(monkeypatch):
    """The hub's client, and what it was asked for."""
    asked = []

    class Api:
        def model_info(self, name, timeout):
            asked.append(name)
            return types.SimpleNamespace(sha="abc")

    def snapshot_download(name, revision, allow_patterns):
        asked.append((name, revision, allow_patterns))
        return str(shipped_folder(default_model()))

    module = types.SimpleNamespace(
        HfApi=Api, snapshot_download=snapshot_download, asked=asked
    )
    monkeypatch.setitem(sys.modules, "huggingface_hub", module)
    hub.download.cache_clear()
    yield module
    hub.download.cache_clear()


def test_a_revision_is_downloaded_once(client):
    run = find_model("hf://some.body/eyes")
    assert find_model("hf://some.body/eyes").path == run.path
    assert run.label == "hf://some.body/eyes"
    assert run.outputs == pathlib.Path("runs/eyes")
    expected = ("some.body/eyes", "abc", list(FILES))
    assert client.asked == ["some.body/eyes", expected]


@pytest.mark.parametrize(
    "name", ["hf://eyes", "hf://", "hf://a/b/c", "hf://../..//x", "hf://a/b?c"]
)
def test_a_malformed_name_asks_nobody(client, name):
    with pytest.raises(UserError, match="must be written hf://user/name"):
        find_model(name)
    assert not client.asked


def test_a_hub_that_cannot_be_reached(client, monkeypatch):
    class Unreachable:
        def model_info(self, name, timeout):
            raise ConnectionError("no route to host\nretry later")

    monkeypatch.setattr(client, "HfApi", Unreachable)
    with pytest.raises(UserError) as raised:
        find_model("hf://some.body/eyes")
    assert str(raised.value) == (
        "model: hf://some.body/eyes cannot be downloaded: no route to host; "
        "name the folder of a preset to work without the hub"
    )
    assert not client.asked


def test_without_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    hub.download.cache_clear()
    with pytest.raises(UserError, match=r"pip install '\.\[hub\]'"):
        find_model("hf://some.body/eyes")
