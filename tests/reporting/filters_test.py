import dataclasses

import pytest

from dmtdr_tf.preprocessing.quality import Quality
from dmtdr_tf.reporting.filters import column, figure, measures


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0"),
        (0.12345, "0.123"),
        (123.4, "123"),
        (3.21e-7, "3.2e-07"),
    ],
)
def test_figures_have_three_digits(value, text):
    assert figure(value) == text


def test_a_column_has_a_value_for_each_report():
    reports = [{"a": {"b": 1}}, {"a": None}, {"a": {}}, {}]
    assert column(reports, "a.b") == [1, None, None, None]
    assert column(reports[:2], "a") == [{"b": 1}, None]


def test_every_measure_has_words():
    quality = Quality(0.87, 0.65, 0.01, 0.93)
    words = measures(quality).split(", ")
    assert len(words) == len(dataclasses.fields(Quality))
    assert words[1] == "brightness 0.65"
    assert not [word for word in words if "_" in word]
