"""Sizes of the photographs and splits of `synthetic_fundus`."""

import dataclasses

import tensorflow_datasets as tfds

from dmtdr_tf.files.errors import UserError

_SMALLEST = 32


@dataclasses.dataclass(kw_only=True)
class FundusConfig(tfds.core.BuilderConfig):
    """What one prepared copy of `synthetic_fundus` holds.

    The name follows from the values (`"256"`, `"256-train48-seed3"`), so that
    two different copies never share a folder.

    Args:
        size: Side of the photographs, in pixels.
        train: Photographs in the training split; may be 0, as for the others.
        validation: Photographs in the validation split.
        test: Photographs in the test split.
        seed: Seed of everything drawn. A photograph depends on seed, split
            and index only: a larger split begins with the smaller one.
        annotated_share: Expected share of photographs with lesion masks; the
            others have `has_lesions` false and empty masks.

    Raises:
        UserError: A value is out of its range.

    Example:
    >>> FundusConfig(size=64, train=4, validation=2, test=2).name
    '64-train4-validation2-test2'
    """

    name: str = ""
    size: int = 256
    train: int = 200
    validation: int = 40
    test: int = 60
    seed: int = 0
    annotated_share: float = 1.0

    def __post_init__(self) -> None:
        if self.size < _SMALLEST:
            raise UserError(
                f"size must be at least {_SMALLEST}, not {self.size}"
            )
        for part in ("train", "validation", "test", "seed"):
            if getattr(self, part) < 0:
                raise UserError(
                    f"{part} must not be negative, got {getattr(self, part)}"
                )
        if not 0 <= self.annotated_share <= 1:
            raise UserError(
                f"annotated_share must be in [0, 1], not {self.annotated_share}"
            )
        self.name = self._derived_name()
        self.description = f"Photographs of {self.size} x {self.size} pixels."

    def _derived_name(self) -> str:
        """The size, then every value that is not the default."""
        parts = [str(self.size)]
        for field in dataclasses.fields(FundusConfig):
            value = getattr(self, field.name)
            if field.name in _NAMED and value != field.default:
                parts.append(f"{field.name}{value:g}".replace(".", "p"))
        return "-".join(parts)


_NAMED = ("train", "validation", "test", "seed", "annotated_share")
