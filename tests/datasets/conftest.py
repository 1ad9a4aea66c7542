"""What the tests of builders that read official folders share."""

import cv2
import numpy as np
import pytest
import tensorflow_datasets as tfds


def _fundus():
    """A disc of 60 pixels' radius, cut off above and below: 100 x 150."""
    image = np.zeros((100, 150, 3), np.uint8)
    cv2.circle(image, (75, 50), 60, (40, 90, 180), -1)
    return image


@pytest.fixture(scope="session")
def write_fundus():
    def write(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), _fundus())

    return write


@pytest.fixture(scope="session")
def build():
    def run(builder, data_dir, manual_dir, config):
        made = builder(config=config, data_dir=data_dir)
        made.download_and_prepare(
            download_config=tfds.download.DownloadConfig(manual_dir=manual_dir)
        )
        return made

    return run


@pytest.fixture(scope="session")
def samples():
    def read(made, split):
        rows = tfds.as_numpy(made.as_dataset(split=split))
        return {row["name"].decode(): row for row in rows}

    return read
