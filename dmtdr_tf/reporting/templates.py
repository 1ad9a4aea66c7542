"""The Jinja templates of the pages, in one environment."""

import functools

import jinja2

from dmtdr_tf.drawing.overlays import LESION_HEX
from dmtdr_tf.files.names import printable
from dmtdr_tf.labels import LESION_NAMES, LESIONS
from dmtdr_tf.reporting.filters import column, figure, fixed, measures

__all__ = ["template"]


def template(name: str) -> jinja2.Template:
    """Loads a template, which escapes every value it is given.

    All templates know `lesions`: the short name, the name and the color of
    each lesion. They have the filters of `dmtdr_tf.reporting.filters`.

    Args:
        name: A file in the folder `templates`.

    Returns:
        The template. Rendering it raises `jinja2.UndefinedError` if it uses a
        value that it was not given.

    Raises:
        jinja2.TemplateNotFound: There is no such file.

    Example:
    >>> template("referral.html").render(finding={"is_referable": True})
    '<span class="chip yes">Referable</span>'
    """
    return _environment().get_template(name)


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("dmtdr_tf.reporting"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    lesions = zip(LESIONS, LESION_NAMES, LESION_HEX, strict=True)
    environment.globals["lesions"] = list(lesions)
    environment.filters |= {
        "column": column,
        "figure": figure,
        "fixed": fixed,
        "measures": measures,
        "printable": printable,
    }
    return environment
