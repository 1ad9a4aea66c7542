import pytest

from dmtdr_tf.reporting.filters import column, figure


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
