"""Trains the classifier behind `Quality.likeness` and reports what it does.

    python benchmarks/fundus_likeness/train_likeness.py FOLDER_OF_IDRID

Positives are real and drawn photographs, varied as other cameras would;
negatives are pictures of other things and photographs in false colors. Half of
the real photographs and some kinds of negatives are held out: the rates that
it prints are theirs; the weights that it writes saw all of the photographs,
but still none of those kinds. They go to
`dmtdr_tf/preprocessing/constants.json`.
"""

import argparse
import json
import pathlib
import re
import sys
from collections.abc import Iterable, Iterator

import numpy as np
from negatives import HELD_OUT, KINDS, MUTATIONS, fresh
from positives import drawn_eyes, photographs, varied
from sklearn.neural_network import MLPClassifier

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing import constants, find_field_of_view
from dmtdr_tf.preprocessing.likeness import likeness_features
from dmtdr_tf.preprocessing.quality import measured_square

HIDDEN = 10


def features(picture: np.ndarray) -> np.ndarray | None:
    """Returns a picture's features; None where it has no field of view."""
    try:
        field_of_view = find_field_of_view(picture)
    except UserError:
        return None
    square, measured = measured_square(picture, field_of_view)
    return likeness_features(square, measured) if measured.any() else None


def samples(
    kind: str, originals: Iterable[np.ndarray], rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Yields features of one picture of a kind for each original."""
    for original in originals:
        picture = varied(original, rng)
        if kind != "fundus":
            picture = fresh(kind, picture, rng)
        row = features(picture)
        if row is not None and np.isfinite(row).all():
            yield row


def _weights(network: MLPClassifier, scales: np.ndarray, means: np.ndarray):
    round_ = lambda values: np.round(values, 5).tolist()  # noqa: E731
    return {
        "feature_means": round_(means),
        "feature_scales": round_(scales),
        "hidden_weights": round_(network.coefs_[0]),
        "hidden_biases": round_(network.intercepts_[0]),
        "output_weights": round_(network.coefs_[1][:, 0]),
        "output_bias": float(np.round(network.intercepts_[1][0], 5)),
    }


def _write(weights: dict) -> None:
    file = pathlib.Path(constants.__file__).with_name("constants.json")
    text = file.read_text("utf-8")
    for name, values in weights.items():
        text = re.sub(
            rf'("{name}": ).*?(,?\n    "|\n  }})',
            lambda m, v=values: m[1] + json.dumps(v) + m[2],
            text,
            count=1,
            flags=re.DOTALL,
        )
    json.loads(text)
    file.write_text(text, "utf-8")


def main(folder: pathlib.Path, each: int) -> None:
    """Trains, prints rates and writes the weights.

    Args:
        folder: IDRiD's.
        each: How many pictures of each kind of negatives.
    """
    rng = np.random.default_rng(0)
    real = photographs(folder)
    eyes = list(drawn_eyes(15))
    table: dict[tuple[str, str], list[np.ndarray]] = {}
    for kind in ("fundus", *KINDS, *MUTATIONS):
        count = 4 * each if kind == "fundus" else each
        for part, source in (("train", real[::2] + eyes), ("test", real[1::2])):
            chosen = [source[i] for i in rng.integers(len(source), size=count)]
            table[part, kind] = list(samples(kind, chosen, rng))
    # Real photographs count twice more, as they are.
    for part, source in (("train", real[::2]), ("test", real[1::2])):
        plain = [row for p in source if (row := features(p)) is not None]
        table[part, "fundus"] += 2 * plain
    _report(_fit(table, ["train"]), table)
    _write(_weights(*_fit(table, ["train", "test"])))


def _fit(
    table: dict[tuple[str, str], list[np.ndarray]], parts: list[str]
) -> tuple[MLPClassifier, np.ndarray, np.ndarray]:
    """Trains on parts of the table; returns scales and means, too."""
    chosen = [(p, k) for p, k in table if p in parts and k not in HELD_OUT]
    x = np.concatenate([table[key] for key in chosen])
    y = np.concatenate(
        [[kind == "fundus"] * len(table[p, kind]) for p, kind in chosen]
    )
    means, scales = x.mean(0), x.std(0) + 1e-3
    network = MLPClassifier(
        (HIDDEN,),
        "tanh",
        solver="lbfgs",
        alpha=3.0,
        max_iter=3000,
        random_state=0,
    )
    return network.fit(_scaled(x, scales, means), y), scales, means


def _scaled(x: np.ndarray, scales: np.ndarray, means: np.ndarray) -> np.ndarray:
    limit = constants.FEATURE_LIMIT
    return np.clip((x - means) / scales, -limit, limit)


def _report(
    fit: tuple[MLPClassifier, np.ndarray, np.ndarray],
    table: dict[tuple[str, str], list[np.ndarray]],
) -> None:
    network, scales, means = fit
    for (part, kind), rows in table.items():
        if rows:
            x = _scaled(np.array(rows), scales, means)
            passed = network.predict_proba(x)[:, 1] >= 0.5
            held = " (held out)" if kind in HELD_OUT else ""
            print(f"{part:6}{kind:18}{sum(passed):5} of {len(x)} pass{held}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--each", type=int, default=300)
    arguments = parser.parse_args()
    sys.exit(main(arguments.folder, arguments.each))
