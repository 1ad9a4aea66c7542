"""The configuration of a builder of real photographs."""

import dataclasses

import tensorflow_datasets as tfds

__all__ = ["PhotographConfig"]


@dataclasses.dataclass(eq=False)
class PhotographConfig(tfds.core.BuilderConfig):
    """The size of the prepared photographs.

    Args:
        size: Side of the photographs and masks, in pixels.
    """

    size: int = 512
