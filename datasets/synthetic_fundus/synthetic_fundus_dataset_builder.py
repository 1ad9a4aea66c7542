"""TFDS builder of synthetic fundus photographs."""

import concurrent.futures
import os
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import tensorflow_datasets as tfds

from dmtdr_tf_datasets.build_lock import build_lock
from dmtdr_tf_datasets.console import progress
from dmtdr_tf_datasets.splits import SPLITS
from dmtdr_tf_datasets.synthetic_fundus.eye import sample_eye
from dmtdr_tf_datasets.synthetic_fundus.fundus_config import FundusConfig
from dmtdr_tf_datasets.synthetic_fundus.rendering import masks, photograph

__all__ = ["Builder", "draw_sample"]

# Photographs drawn ahead of the one that TFDS writes.
_AHEAD = 16
# Slightly larger files, in half the time of the default.
_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 2]


def _png(image: np.ndarray) -> bytes:
    """Encodes RGB or RGBA as PNG; OpenCV expects blue first."""
    order = [2, 1, 0, 3][: image.shape[-1]]
    encoded = cv2.imencode(".png", image[..., order], _PNG)[1]
    return encoded.tobytes()


def draw_sample(config: FundusConfig, split: str, index: int) -> dict[str, Any]:
    """Draws one sample.

    Args:
        config: Size, seed and fraction of annotated photographs.
        split: `"train"`, `"validation"` or `"test"`.
        index: Number of the photograph in its split.

    Returns:
        The values of the features by name, photograph and masks as PNG files.
    """
    eye = sample_eye(config.seed, split, index)
    lesions = masks(eye, config.size)
    annotated = bool(eye.annotation_rank() < config.annotated_share)
    side = "left" if eye.anatomy.left else "right"
    name = f"{split}_{index:05d}"
    return {
        "photograph": _png(photograph(eye, config.size)),
        "lesions": _png(lesions if annotated else np.zeros_like(lesions)),
        "has_lesions": annotated,
        "grade": eye.grade,
        "name": name,
        # Every photograph shows an eye of its own.
        "eye": f"{name}_{side}",
    }


class Builder(tfds.core.GeneratorBasedBuilder):
    """Synthetic fundus photographs with exact lesion masks and grades.

    The configs `"128"`, `"256"`, `"512"` and `"1024"` show the same eyes at
    four sizes; a `FundusConfig` gives other sizes, numbers and seeds.

    Example:
    ```python
    config = FundusConfig(size=256, train=48)
    builder = tfds.builder("synthetic_fundus", config=config)
    ```
    """

    VERSION = tfds.core.Version("1.1.0")
    RELEASE_NOTES = {
        "1.0.0": "First release.",
        "1.1.0": "Fainter lesions, closer to those of real photographs.",
    }
    BUILDER_CONFIGS = [
        FundusConfig(size=256),
        FundusConfig(size=128),
        FundusConfig(size=512),
        FundusConfig(size=1024),
    ]

    def __init__(self, *, config: Any = None, **options: Any) -> None:
        # TFDS refuses an equal copy of a configuration that it knows by name.
        known = {each.name: each for each in self.BUILDER_CONFIGS}
        if isinstance(config, FundusConfig):
            config = known.get(config.name, config)
        super().__init__(config=config, **options)

    def download_and_prepare(self, **options: Any) -> None:
        """Draws the records as TFDS does, one process at a time."""
        with build_lock(self.data_dir):
            super().download_and_prepare(**options)

    def _info(self) -> tfds.core.DatasetInfo:
        size = self.builder_config.size

        def image(channels: int) -> tfds.features.Image:
            return tfds.features.Image(
                shape=(size, size, channels),
                dtype=np.uint8,
                encoding_format="png",
            )

        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "photograph": image(3),
                    "lesions": image(4),
                    "has_lesions": np.bool_,
                    "grade": np.int64,
                    "name": tfds.features.Text(),
                    "eye": tfds.features.Text(),
                }
            ),
            supervised_keys=("photograph", "grade"),
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Iterator[Any]]:
        del dl_manager  # Nothing is downloaded.
        counts = {name: getattr(self.builder_config, name) for name in SPLITS}
        return {
            name: self._generate_examples(name, count)
            for name, count in counts.items()
            if count
        }

    def _generate_examples(
        self, split: str, count: int
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        config = self.builder_config
        samples = self._samples(split, count)
        label = f"{self.name}/{config.name} {split}"
        for sample in progress(samples, count, label):
            yield sample["name"], sample

    def _samples(self, split: str, count: int) -> Iterator[dict[str, Any]]:
        config = self.builder_config
        # Threads suffice, because OpenCV and NumPy release Python's lock.
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for first in range(0, count, _AHEAD):
                indices = range(first, min(first + _AHEAD, count))
                yield from pool.map(
                    lambda index: draw_sample(config, split, index), indices
                )
