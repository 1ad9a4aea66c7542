"""What a SavedModel's folder says without loading it."""

import hashlib
import json
import os
import pathlib
from typing import Any

from google.protobuf import message
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

from dmtdr_tf.exporting.labels import LABELS_FILE
from dmtdr_tf.exporting.saved_model.writer import EXTRA
from dmtdr_tf.files.errors import UserError

__all__ = ["fingerprint", "read_labels", "read_signatures"]


def read_signatures(
    folder: str | os.PathLike[str],
) -> dict[str, meta_graph_pb2.SignatureDef]:
    """Reads the signatures, without the one that initializes.

    Args:
        folder: A SavedModel.

    Returns:
        Signatures by name.

    Raises:
        UserError: The folder holds no SavedModel, or a damaged one.
    """
    file = pathlib.Path(folder) / "saved_model.pb"
    try:
        parsed = saved_model_pb2.SavedModel.FromString(file.read_bytes())
        signatures = dict(parsed.meta_graphs[0].signature_def)
    except OSError:
        raise UserError(
            f"{folder} holds no SavedModel; write one with: dmtdr export",
            argument="model",
        ) from None
    except (message.DecodeError, IndexError):
        raise UserError(f"{file} is damaged", argument="model") from None
    return {k: v for k, v in signatures.items() if not k.startswith("__")}


def read_labels(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Reads `labels.json`.

    Args:
        folder: A SavedModel.

    Returns:
        Its content; empty if there is no such file.

    Raises:
        UserError: The file is damaged.
    """
    file = pathlib.Path(folder) / EXTRA / LABELS_FILE
    try:
        content = json.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        content = None
    if not isinstance(content, dict):
        raise UserError(
            f"{file} is damaged; export the model again", argument="model"
        )
    return content


def fingerprint(folder: str | os.PathLike[str]) -> str:
    r"""Computes the SHA-256 of a model: of a list of its files' SHA-256.

    In the folder, `find . -type f -printf '%P\n' | LC_ALL=C sort | xargs
    sha256sum | sha256sum` prints the same.

    Args:
        folder: A SavedModel.

    Returns:
        64 hexadecimal digits.
    """
    root = pathlib.Path(folder)
    files = {
        file.relative_to(root).as_posix(): file
        for file in root.rglob("*")
        if file.is_file()
    }
    lines = [f"{_sha256(files[name])}  {name}\n" for name in sorted(files)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _sha256(file: pathlib.Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
