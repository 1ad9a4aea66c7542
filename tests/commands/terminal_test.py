"""Tests of lines on a terminal, whoever reads them."""

import io
import os
import sys

import pytest

from dmtdr_tf.commands import terminal


@pytest.fixture
def closed_pipe():
    """A pipe that nobody reads any longer."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        yield stream


def test_characters_without_a_shape_are_written_out(capsys):
    terminal.show("a\x1b[31mb")
    terminal.show_row("a\nb", "c")
    terminal.say("d\x07")
    out, err = capsys.readouterr()
    assert out == "a\\x1b[31mb\na\\x0ab\tc\n"
    assert err == "d\\x07\n"


def test_a_closed_pipe_costs_nothing(closed_pipe, monkeypatch):
    monkeypatch.setattr(sys, "stdout", closed_pipe)
    for _ in range(3):
        terminal.show("nobody reads this")
    terminal.finish_streams()
    closed_pipe.flush()


def test_no_stream_at_all_costs_nothing(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    terminal.show("nobody reads this")
    terminal.silence(None)
    terminal.prepare_streams()
    terminal.finish_streams()


def test_what_is_buffered_for_a_closed_pipe_is_given_up(
    closed_pipe, monkeypatch
):
    monkeypatch.setattr(sys, "stdout", closed_pipe)
    closed_pipe.write("buffered")
    terminal.finish_streams()
    closed_pipe.flush()


def test_every_encoding_can_print_every_name(monkeypatch):
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    terminal.prepare_streams()
    terminal.show("Größe")
    assert buffer.getvalue() == b"Gr\\xf6\\xdfe\n"
