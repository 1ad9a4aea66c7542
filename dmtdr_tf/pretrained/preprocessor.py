"""What a preset's model expects of a photograph, and what its outputs mean."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from dmtdr_tf.config import Config, QualityConfig
from dmtdr_tf.config import file as config_file
from dmtdr_tf.config.data import MAX_SIDE
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.json_file import brief
from dmtdr_tf.labels import GRADES, LESION_NAMES, LESIONS, REFERABLE_GRADE

__all__ = ["Preprocessor"]


@dataclasses.dataclass(frozen=True)
class Preprocessor:
    """The content of a preset's `preprocessor.json`.

    Args:
        low_res_size: Side of the model's input, in pixels.
        high_res_size: Side of its outputs, in pixels.
        quality: When a photograph is too poor to be graded.
        grades: Names of the grades, in the order of the logits.
        referable_grade: The lowest grade that is referred.
        lesions: Short names of the lesions, in the order of the channels.
        lesion_names: Their full names.

    Example:
    >>> Preprocessor.of(Config()).low_res_size
    256
    """

    low_res_size: int
    high_res_size: int
    quality: QualityConfig = QualityConfig()
    grades: tuple[str, ...] = tuple(GRADES)
    referable_grade: int = REFERABLE_GRADE
    lesions: tuple[str, ...] = tuple(LESIONS)
    lesion_names: tuple[str, ...] = tuple(LESION_NAMES)

    @classmethod
    def of(cls, config: Config) -> "Preprocessor":
        """Returns the preprocessor of a training run.

        Args:
            config: The run's configuration.
        """
        return cls(
            config.low_res_size, config.data.high_res_size, config.quality
        )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], where: str) -> "Preprocessor":
        """Builds it from the content of the file.

        Args:
            values: The content.
            where: The file, for messages.

        Raises:
            UserError: A field is unknown, missing or of another type, or the
                labels are not those of this version.
        """
        preprocessor = config_file.from_dict(cls, values, where)
        for name in ("low_res_size", "high_res_size"):
            size = getattr(preprocessor, name)
            if not 1 <= size <= MAX_SIDE:
                raise UserError(
                    f"{where}: {name} must be in [1, {MAX_SIDE}], not "
                    f"{brief(size)}"
                )
        if preprocessor.high_res_size % 32:
            raise UserError(
                f"{where}: high_res_size must be a multiple of 32, not "
                f"{preprocessor.high_res_size}"
            )
        for name in ("grades", "referable_grade", "lesions", "lesion_names"):
            if getattr(preprocessor, name) != getattr(cls, name):
                raise UserError(
                    f"{where}: {name} are not those of this version: "
                    f"{brief(getattr(preprocessor, name))}"
                )
        return preprocessor
