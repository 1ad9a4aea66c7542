"""Photographs in the body of a plain request: one file, or a form."""

import dataclasses
from collections.abc import Mapping

# Starlette's own form writes photographs to temporary files.
from python_multipart import multipart
from python_multipart.exceptions import FormParserError

from dmtdr_tf.serving.serving_error import ServingError

__all__ = ["PhotographForm", "read_form"]

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclasses.dataclass
class PhotographForm:
    """The photographs of a request and what is wanted of them.

    Args:
        files: Names and contents.
        gate: Whether photographs that are too poor are refused.
        pictures: Whether the answer holds pictures.
    """

    files: list[tuple[str, bytes]]
    gate: bool = True
    pictures: bool = False


def read_form(
    body: bytes, content_type: str, query: Mapping[str, str]
) -> PhotographForm:
    """Reads photographs and options.

    Args:
        body: The request's body.
        content_type: Its `Content-Type`: `multipart/form-data`, or anything
            else for a body that is one photograph.
        query: Options in the address, which those of a form replace.

    Returns:
        The photographs, at least one.

    Raises:
        ServingError: `INVALID_ARGUMENT`.

    Example:
    >>> read_form(b"content", "image/jpeg", {"gate": "false"})
    PhotographForm(files=[('', b'content')], gate=False, pictures=False)
    """
    options = dict(query)
    files = [("", body)]
    if content_type.lower().startswith("multipart/form-data"):
        fields, files = _multipart(body, content_type)
        options |= fields
    if not any(content for _, content in files):
        raise _wrong("the body holds no photograph")
    form = PhotographForm(files)
    for name, value in options.items():
        if name not in ("gate", "pictures"):
            raise _wrong(
                f"no option {name[:40]!r}; there are 'gate' and 'pictures'"
            )
        if value.lower() not in _BOOLEANS:
            raise _wrong(f"{name} must be true or false, not {value[:40]!r}")
        setattr(form, name, _BOOLEANS[value.lower()])
    return form


def _multipart(
    body: bytes, content_type: str
) -> tuple[dict[str, str], list[tuple[str, bytes]]]:
    fields: dict[str, str] = {}
    files: list[tuple[str, bytes]] = []

    def add_field(field: multipart.Field) -> None:
        name = (field.field_name or b"").decode("utf-8", "replace")
        fields[name] = (field.value or b"").decode("utf-8", "replace")

    def add_file(file: multipart.File) -> None:
        name = (file.file_name or b"").decode("utf-8", "replace")
        file.file_object.seek(0)
        files.append((name, file.file_object.read()))

    try:
        # One byte more than there is: nothing reaches a disk.
        parser = multipart.create_form_parser(
            {"Content-Type": content_type.encode("latin-1", "replace")},
            add_field,
            add_file,
            config={"MAX_MEMORY_FILE_SIZE": len(body) + 1},
        )
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError) as error:
        raise _wrong(f"the form is damaged: {error}"[:200]) from None
    return fields, files


def _wrong(message: str) -> ServingError:
    return ServingError("INVALID_ARGUMENT", message)
