"""The configuration of `synthetic_fundus`."""

import dataclasses

import tensorflow_datasets as tfds

from dmtdr_tf.files.errors import UserError

__all__ = ["FundusConfig"]

_SMALLEST = 32


@dataclasses.dataclass(kw_only=True)
class FundusConfig(tfds.core.BuilderConfig):
    """Sizes and seed of one version of `synthetic_fundus`.

    The name is derived from the values (`"256"`, `"256-train48-seed3"`), so
    that two different versions never share a folder.

    Args:
        size: Side of the photographs, in pixels.
        train: Photographs in the training split; any split may have 0.
        validation: Photographs in the validation split.
        test: Photographs in the test split.
        seed: Seed of everything random. A photograph depends only on seed,
            split and index, so a larger split begins with the smaller one.
        annotated_share: Expected fraction of photographs with lesion masks.
            The others have `has_lesions` false and empty masks.

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
                f"must be at least {_SMALLEST}, not {self.size}",
                argument="size",
            )
        for part in ("train", "validation", "test", "seed"):
            if getattr(self, part) < 0:
                raise UserError(
                    f"must not be negative, got {getattr(self, part)}",
                    argument=part,
                )
        if not 0 <= self.annotated_share <= 1:
            raise UserError(
                f"must be in [0, 1], not {self.annotated_share}",
                argument="annotated_share",
            )
        self.name = self._derived_name()
        self.description = f"Photographs of {self.size} x {self.size} pixels."

    def _derived_name(self) -> str:
        """Returns the size, then every value that is not the default."""
        parts = [str(self.size)]
        for field in dataclasses.fields(FundusConfig):
            value = getattr(self, field.name)
            if field.name in _NAMED and value != field.default:
                parts.append(f"{field.name}{value:g}".replace(".", "p"))
        return "-".join(parts)


_NAMED = ("train", "validation", "test", "seed", "annotated_share")
