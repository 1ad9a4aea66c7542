"""Validation photographs as another camera would have taken them."""

import argparse
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "fundus_likeness"))

from cameras import strongly_varied

from dmtdr_tf.config import QualityConfig, preset
from dmtdr_tf.config.data_source import with_data
from dmtdr_tf.data import records
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing.prepare import prepare
from dmtdr_tf.preprocessing.reading import read_photograph

__all__ = ["render"]

_FOLDERS = {
    "grading": "B. Disease Grading/1. Original Images/a. Training Set",
    "segmentation": "A. Segmentation/1. Original Images/a. Training Set",
}


def render(
    photograph: np.ndarray, side: int, rng: np.random.Generator
) -> np.ndarray:
    """Renders a photograph by another camera, as the quality gate admits it.

    Args:
        photograph: uint8 `[H, W, 3]`.
        side: Side of the model's input, in pixels.
        rng: Source of randomness.

    Returns:
        Low-resolution photograph, uint8 `[side, side, 3]`. The photograph
        itself after 20 renderings that the quality gate refuses.
    """
    for _ in range(20):
        try:
            prepared = prepare(strongly_varied(photograph, rng), _GATE)
        except UserError:
            continue
        return _low_res(prepared, side)
    return _low_res(prepare(photograph), side)


# The gate asks for more pixels than the smallest models read.
_GATE = QualityConfig()


def _low_res(prepared: object, side: int) -> np.ndarray:
    low_res, _ = prepared.model_input(side, 4 * side)  # type: ignore
    return np.round(low_res * 255).astype(np.uint8)


def main() -> None:
    """Writes low-resolution photographs and grades into one `.npz` file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--manual-dir", required=True)
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--renderings", type=int, default=3)
    parser.add_argument("--output", required=True)
    args = parser.parse_args()
    builder = records.builder(
        with_data(preset("small"), "idrid", args.data_dir, args.manual_dir),
        "idrid",
    )
    rows = list(builder.as_dataset(split="validation").as_numpy_iterator())
    plain, varied, grades = [], [], []
    for number, row in enumerate(row for row in rows if row["grade"] >= 0):
        name = pathlib.PurePosixPath(row["name"].decode())
        folder = pathlib.Path(args.manual_dir, _FOLDERS[name.parts[0]])
        photograph = read_photograph(str(folder / f"{name.name}.jpg"))
        rng = np.random.default_rng([13, number])
        plain.append(_low_res(prepare(photograph), args.size))
        varied.append(
            [render(photograph, args.size, rng) for _ in range(args.renderings)]
        )
        grades.append(row["grade"])
    np.savez_compressed(args.output, plain=plain, varied=varied, grades=grades)


if __name__ == "__main__":
    main()
