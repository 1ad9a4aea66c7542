"""Writes photographs that the demo's model was not trained on."""

import pathlib
import sys

import cv2
import skimage.data

from dmtdr_tf import cli
from dmtdr_tf.config import presets

SYNTHETIC = 6


def write(folder: pathlib.Path) -> None:
    """Writes test photographs of the synthetic data set and one real eye.

    Args:
        folder: The folder to write PNG files to; created if it is missing.
    """
    # Imports TensorFlow: after `start_tensorflow`, which keeps it quiet.
    from dmtdr_tf.data import records

    folder.mkdir(parents=True, exist_ok=True)
    builder = records.builder(presets.preset("demo"), "synthetic_fundus")
    samples = builder.as_dataset(split="test", shuffle_files=False)
    for sample in samples.take(SYNTHETIC).as_numpy_iterator():
        name = f"synthetic_{sample['name'].decode()}_grade_{sample['grade']}"
        file = folder / f"{name.replace('/', '_')}.png"
        cv2.imwrite(str(file), sample["photograph"][..., ::-1])
    # scikit-image ships one real fundus photograph (CC0) of a healthy eye.
    real = folder / "scikit_image_retina.png"
    cv2.imwrite(str(real), skimage.data.retina()[..., ::-1])
    print(f"{SYNTHETIC + 1} photographs in {folder}")


if __name__ == "__main__":
    cli.start_tensorflow()
    sys.exit(cli.guarded(lambda: write(pathlib.Path(sys.argv[1]))))
