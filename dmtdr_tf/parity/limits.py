"""How far an export may be from the Keras model before it fails."""

import dataclasses
import os
import pathlib
import types
from collections.abc import Mapping
from typing import Literal

__all__ = ["LIMITS", "Kind", "Limits", "kind_of"]

Kind = Literal["float32", "float16", "quantized"]

_KIND_WORDS: Mapping[Kind, tuple[str, ...]] = types.MappingProxyType(
    {
        "float16": ("float16", "fp16"),
        "quantized": ("int8", "int16", "int4", "dynamic", "integer", "quant"),
    }
)


@dataclasses.dataclass(frozen=True)
class Limits:
    """The limits that an export is held to; None sets no limit.

    Args:
        max_difference: Largest absolute difference of any value of any
            output, logits included.
        psnr_loss: Largest loss of PSNR against the high-resolution
            photograph, in dB, averaged over photographs.
        psnr_to_keras: Smallest PSNR against the Keras model's
            super-resolution, in dB, of any photograph.
        average_precision_loss: Largest loss of a lesion's average precision,
            averaged over the photographs with that lesion.
        grades_kept: Smallest share of photographs whose grade is the Keras
            model's.
        evidence_correlation: Smallest correlation of the evidence with the
            Keras model's, averaged over photographs.
    """

    max_difference: float | None = None
    psnr_loss: float | None = None
    psnr_to_keras: float | None = None
    average_precision_loss: float | None = None
    grades_kept: float | None = None
    evidence_correlation: float | None = None

    def changed(self, other: "Limits") -> "Limits":
        """Returns these limits, replaced by the other's where it sets any.

        Args:
            other: Limits that replace these.

        Example:
        >>> LIMITS["float32"].changed(Limits(grades_kept=0.9)).grades_kept
        0.9
        """
        given = {
            name: value
            for name, value in dataclasses.asdict(other).items()
            if value is not None
        }
        return dataclasses.replace(self, **given)


LIMITS: Mapping[Kind, Limits] = types.MappingProxyType(
    {
        "float32": Limits(max_difference=1e-3, grades_kept=1.0),
        "float16": Limits(
            psnr_loss=0.1,
            psnr_to_keras=40.0,
            average_precision_loss=0.01,
            grades_kept=0.98,
            evidence_correlation=0.99,
        ),
        "quantized": Limits(
            psnr_loss=1.0,
            psnr_to_keras=30.0,
            average_precision_loss=0.05,
            grades_kept=0.95,
            evidence_correlation=0.9,
        ),
    }
)


def kind_of(path: str | os.PathLike[str]) -> Kind:
    """Derives from an export's name how exact it should be.

    Args:
        path: Such as `model_float16.tflite`, `int8.tflite` or `saved_model`.

    Returns:
        The kind; `"float32"` if the name does not say.

    Example:
    >>> kind_of("export/litert/int8.tflite")
    'quantized'
    """
    name = pathlib.Path(path).name.lower()
    for kind, words in _KIND_WORDS.items():
        if any(word in name for word in words):
            return kind
    return "float32"
