"""The graph's measures and words against Python's."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from preprocessing.golden.photographs import LOCATED, PHOTOGRAPHS
from preprocessing.pictures import FUNDUS, NO_FUNDUS

from dmtdr_tf.config import QualityConfig
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing import (
    FieldOfView,
    Quality,
    UngradablePhotographError,
    check_quality,
    find_field_of_view,
    measure_quality,
    read_photograph,
)
from dmtdr_tf.preprocessing.graph import measure_quality as measure_in_graph
from dmtdr_tf.preprocessing.graph import quality_refusal

PICTURES = {
    **{name: PHOTOGRAPHS[name] for name in LOCATED},
    **FUNDUS,
    **NO_FUNDUS,
}


def _refusal(quality, config):
    try:
        check_quality(quality, config)
    except UngradablePhotographError as error:
        return str(error)
    return ""


@pytest.fixture(scope="module")
def graph():
    @tf.function(
        input_signature=[
            tf.TensorSpec((None, None, 3), tf.uint8),
            tf.TensorSpec((3,), tf.int32),
        ]
    )
    def run(photograph, square):
        measures = measure_in_graph(photograph, square)
        return measures, quality_refusal(measures, QualityConfig())

    return run


def _assert_same(graph, photograph):
    view = find_field_of_view(photograph)
    quality = measure_quality(photograph, view)
    measures, refusal = graph(photograph, [view.top, view.left, view.side])
    for name, value in dataclasses.asdict(quality).items():
        assert measures[name].dtype == tf.float32
        assert float(measures[name]) == pytest.approx(value, abs=0.01), name
    expected = _refusal(quality, QualityConfig())
    assert (
        refusal.numpy().decode().partition("(")[0]
        == (expected.partition("(")[0])
    )


@pytest.mark.parametrize("name", PICTURES)
def test_measures_and_verdict_are_python_s(graph, name):
    photograph = PICTURES[name]()
    try:
        find_field_of_view(photograph)
    except UserError:
        pytest.skip("it has no field of view")
    _assert_same(graph, photograph)


def test_measures_of_real_photographs_are_python_s(graph, idrid):
    files = sorted(idrid.glob("B*/1. Original Images/**/*.jpg"))
    for file in files[::60]:
        _assert_same(graph, read_photograph(str(file)))


def test_nothing_to_measure(graph):
    black = np.zeros((64, 64, 3), np.uint8)
    quality = measure_quality(black, FieldOfView(0, 0, 64, 64, 64))
    measures, _ = graph(black, [0, 0, 64])
    assert {name: float(m) for name, m in measures.items()} == (
        dataclasses.asdict(quality)
    )


BAD = {
    "sharpness": 0.256,
    "brightness": 0.05,
    "overexposed": 0.4,
    "field": 0.2,
    "side": 20,
    "aspect": 5,
    "saturation": 0.02,
    "roundness": 0.2,
    "outside": 0.7,
    "likeness": 0.02,
}


@pytest.mark.parametrize("names", [(), *((name,) for name in BAD), tuple(BAD)])
def test_the_words_are_python_s(names):
    good = Quality(sharpness=0.9, brightness=0.6, overexposed=0.0, field=0.9)
    quality = dataclasses.replace(good, **{name: BAD[name] for name in names})
    measures = {
        name: tf.constant(value, tf.float32)
        for name, value in dataclasses.asdict(quality).items()
    }
    config = QualityConfig()
    expected = _refusal(quality, config)
    assert bool(expected) == bool(names)
    assert quality_refusal(measures, config).numpy().decode() == expected
    off = QualityConfig(gate=False)
    assert quality_refusal(measures, off).numpy() == b""
