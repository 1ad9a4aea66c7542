"""The model card of a preset."""

import re

from dmtdr_tf.files.errors import UserError

__all__ = ["DEFAULT_TEXT", "model_card"]

DEFAULT_TEXT = """# DeepMT-DR

Grades diabetic retinopathy from a low-resolution fundus photograph, and
explains the grade with a super-resolved photograph, four lesion maps and an
evidence map. For research only: it is not a medical device.

```python
from dmtdr_tf import DeepMTDR

model = DeepMTDR.from_preset("path/to/this/folder")
```
"""
_TAGS = (
    "keras",
    "tensorflow",
    "medical",
    "ophthalmology",
    "diabetic-retinopathy",
    "super-resolution",
    "image-segmentation",
)


def model_card(text: str = "", license_name: str = "apache-2.0") -> str:
    """Writes a model card: front matter in YAML, then Markdown.

    Args:
        text: The Markdown; a short default where it is empty.
        license_name: License of the weights, such as `"cc-by-4.0"`.

    Raises:
        UserError: `license_name` is no license identifier.

    Example:
    >>> print(model_card("# Mine", "mit").splitlines()[1])
    license: mit
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", license_name):
        raise UserError(
            "must be lowercase letters, digits, dots and hyphens, such as "
            f"'apache-2.0', not {license_name!r}",
            argument="license_name",
        )
    front_matter = [
        "---",
        f"license: {license_name}",
        "library_name: keras",
        "pipeline_tag: image-classification",
        "tags:",
        *(f"- {tag}" for tag in _TAGS),
        "---",
    ]
    return "\n".join([*front_matter, "", (text or DEFAULT_TEXT).strip(), ""])
