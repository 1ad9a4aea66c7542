"""Writes photographs that the demo's model was not trained on."""

import pathlib
import sys

import cv2
import skimage.data

from dmtdr_tf import cli
from dmtdr_tf.config import presets

SYNTHETIC = 6


def write_synthetic(folder: pathlib.Path) -> None:
    """Writes test photographs of the synthetic data set.

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
    print(f"{SYNTHETIC} photographs in {folder}")


def write_real(folder: pathlib.Path) -> None:
    """Writes the one real fundus photograph (CC0) that scikit-image ships.

    The eye is healthy.

    Args:
        folder: The folder to write a PNG file to; created if it is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "scikit_image_retina.png"
    cv2.imwrite(str(file), skimage.data.retina()[..., ::-1])
    print(f"1 photograph in {folder}")


def write(synthetic: pathlib.Path, real: pathlib.Path) -> None:
    """Writes both, each for the model that was trained on its kind.

    Args:
        synthetic: The folder for the drawn photographs.
        real: The folder for the real one.
    """
    write_synthetic(synthetic)
    write_real(real)


if __name__ == "__main__":
    cli.start_tensorflow()
    sys.exit(cli.guarded(lambda: write(*map(pathlib.Path, sys.argv[1:3]))))
