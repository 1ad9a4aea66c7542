"""Trains the classifier behind `Quality.likeness` and reports what it does.

    python benchmarks/fundus_likeness/train_likeness.py FOLDER_OF_IDRID

Positives are real and drawn photographs, varied as other cameras would;
negatives are pictures of other things and photographs in false colors. Half of
the real photographs and some kinds of negatives are held out: the rates that
it prints are theirs. The weights go to `dmtdr_tf/preprocessing/constants.json`.
"""

import argparse
import collections
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
    train, test = real[::2], real[1::2]
    eyes = list(drawn_eyes(15))
    table = collections.defaultdict(list)
    for kind in ("fundus", *KINDS, *MUTATIONS):
        count = 8 * each if kind == "fundus" else each
        for part, source in (("train", train + eyes), ("test", test)):
            number = count if part == "train" else count // 2
            chosen = [source[i] for i in rng.integers(len(source), size=number)]
            if kind == "fundus":
                chosen += source[:: 1 if part == "test" else 2]
            table[part, kind] = list(samples(kind, chosen, rng))
    kinds = [k for p, k in table if p == "train" and k not in HELD_OUT]
    x = np.concatenate([table["train", kind] for kind in kinds])
    y = np.concatenate(
        [[kind == "fundus"] * len(table["train", kind]) for kind in kinds]
    )
    means, scales = x.mean(0), x.std(0) + 1e-3
    limit = constants.FEATURE_LIMIT
    scaled = lambda v: np.clip((v - means) / scales, -limit, limit)  # noqa: E731
    network = MLPClassifier(
        (HIDDEN,),
        "tanh",
        solver="lbfgs",
        alpha=1.0,
        max_iter=3000,
        random_state=0,
    ).fit(scaled(x), y)
    for (part, kind), rows in table.items():
        if not rows:
            continue
        p = network.predict_proba(scaled(np.array(rows)))[:, 1]
        held = " (held out)" if kind in HELD_OUT else ""
        print(
            f"{part:6}{kind:18}{len(p):5}  passed {np.mean(p >= 0.5):.3f}  "
            f"1% {np.quantile(p, 0.01):.3f} 99% {np.quantile(p, 0.99):.3f}"
            f"{held}",
            flush=True,
        )
    _write(_weights(network, scales, means))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--each", type=int, default=300)
    arguments = parser.parse_args()
    sys.exit(main(arguments.folder, arguments.each))
