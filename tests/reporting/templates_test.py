import jinja2
import pytest

from dmtdr_tf.labels import LESIONS
from dmtdr_tf.reporting.templates import template


def test_values_are_escaped():
    finding = {"is_referable": False}
    page = template("model.html").render(threshold="<b>", finding=finding)
    assert "&lt;b&gt;" in page
    assert "<b>" not in page


def test_a_missing_value_is_an_error():
    with pytest.raises(jinja2.UndefinedError, match="threshold"):
        template("model.html").render()


def test_all_templates_share_one_environment():
    parity, report = template("parity.html"), template("report.html")
    assert parity.environment is report.environment
    assert [row[0] for row in parity.globals["lesions"]] == list(LESIONS)


def test_there_is_no_such_template():
    with pytest.raises(jinja2.TemplateNotFound):
        template("nothing.html")
