"""Writes a server's answer as picture files."""

import pathlib
from collections.abc import Mapping

import numpy as np

from dmtdr_tf.drawing.pictures import encode, to_uint8
from dmtdr_tf.labels import LESIONS

__all__ = ["write_answer"]


def write_answer(
    folder: pathlib.Path, answer: Mapping[str, np.ndarray]
) -> None:
    """Writes `super_resolution.png`, `lesions_*.png` and `evidence.png`.

    They show the square around the field of view.

    Args:
        folder: Created if it is missing.
        answer: The outputs of `serving_bytes` or `serving_default` for one
            photograph.

    Raises:
        OSError: A file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in _files(answer).items():
        (folder / f"{name}.png").write_bytes(content)


def _files(answer: Mapping[str, np.ndarray]) -> dict[str, bytes]:
    names = [f"lesions_{lesion}" for lesion in LESIONS]
    if "super_resolution_bytes" in answer:
        return {
            "super_resolution": answer["super_resolution_bytes"][0],
            **dict(zip(names, answer["lesions_bytes"][0], strict=True)),
            "evidence": answer["evidence_bytes"][0],
        }
    lesions = np.moveaxis(answer["lesions"][0], -1, 0)
    pictures = {
        "super_resolution": answer["super_resolution"][0],
        **dict(zip(names, lesions, strict=True)),
        "evidence": answer["evidence"][0, ..., 0],
    }
    return {k: encode(to_uint8(v), ".png") for k, v in pictures.items()}
