"""Trains the classifier behind `Quality.likeness` and reports what it does.

    python benchmarks/fundus_likeness/train_likeness.py FOLDER_OF_IDRID

Positives are real and drawn photographs, varied as other cameras would;
negatives are pictures of other things and photographs in false colors. Half of
the real and of the drawn photographs and some kinds of negatives are held out:
the rates that it prints are theirs. The weights that it writes saw all of the
photographs and kinds; nothing is left to tell how well they do, so that the
rates of the former stand for them. They go to
`dmtdr_tf/preprocessing/constants.json`; everything is seeded.
"""

import argparse
import json
import multiprocessing
import pathlib
import re
import zlib
from collections.abc import Iterator

import numpy as np
from cameras import strongly_varied
from negatives import HELD_OUT, KINDS, MUTATIONS, fresh
from positives import drawn_eyes, photographs, varied
from sklearn.neural_network import MLPClassifier

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing import constants, find_field_of_view
from dmtdr_tf.preprocessing.likeness import (
    blurred_channels,
    likeness_features,
)
from dmtdr_tf.preprocessing.quality import measured_square

HIDDEN = 10
POSITIVES = ("as it is", "varied", "strongly varied")
THRESHOLDS = (0.5, 0.3, 0.2, 0.1, 0.05, 0.02)
# A part ("train" or "test") and a kind, and the features of its pictures.
Table = dict[tuple[str, str], np.ndarray]
Fit = tuple[MLPClassifier, np.ndarray, np.ndarray]


def features(picture: np.ndarray) -> np.ndarray | None:
    """Returns a picture's features; None where it has no field of view."""
    try:
        field_of_view = find_field_of_view(picture)
    except UserError:
        return None
    square, _, measured = measured_square(picture, field_of_view)
    if not measured.any():
        return None
    return likeness_features(square, blurred_channels(square), measured)


def _pictures(
    kind: str, sources: list[np.ndarray], count: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    if kind == "as it is":
        yield from sources
        return
    for index in rng.integers(len(sources), size=count):
        if kind == "strongly varied":
            yield strongly_varied(sources[index], rng)
        elif kind in ("varied", "drawn"):
            yield varied(sources[index], rng)
        else:
            yield fresh(kind, varied(sources[index], rng), rng)


def _rows(job: tuple[str, str, list[np.ndarray], int]) -> np.ndarray:
    """Features of the pictures of one part and kind, `[N, F]`."""
    part, kind, sources, count = job
    # Each has its own seed: the order in which they are done does not count.
    rng = np.random.default_rng(zlib.crc32(f"{part} {kind}".encode()))
    rows = [features(p) for p in _pictures(kind, sources, count, rng)]
    return np.array([r for r in rows if r is not None and np.isfinite(r).all()])


def _table(folder: pathlib.Path, each: int) -> Table:
    real, eyes = photographs(folder), list(drawn_eyes(15))
    jobs = []
    for part, first in (("train", 0), ("test", 1)):
        sources = real[first::2] + eyes[first::2]
        for kind in (*POSITIVES, *KINDS, *MUTATIONS):
            count = 8 * each if kind in POSITIVES else each
            # What the rates of photographs are about is real.
            is_real = part == "test" and kind in POSITIVES
            chosen = real[first::2] if is_real else sources
            jobs.append((part, kind, chosen, count))
        jobs.append((part, "drawn", eyes[first::2], 2 * each))
    with multiprocessing.get_context("spawn").Pool() as pool:
        rows = pool.map(_rows, jobs, chunksize=1)
    return {
        (part, kind): x for (part, kind, *_), x in zip(jobs, rows, strict=True)
    }


def _weights(
    network: MLPClassifier, scales: np.ndarray, means: np.ndarray
) -> dict[str, object]:
    def round_(values: np.ndarray) -> object:
        return np.round(values, 5).tolist()

    return {
        "feature_means": round_(means),
        "feature_scales": round_(scales),
        "hidden_weights": round_(network.coefs_[0]),
        "hidden_biases": round_(network.intercepts_[0]),
        "output_weights": round_(network.coefs_[1][:, 0]),
        "output_bias": float(np.round(network.intercepts_[1][0], 5)),
    }


def _write(weights: dict[str, object]) -> None:
    file = pathlib.Path(constants.__file__).with_name("constants.json")
    text = file.read_text("utf-8")
    for name, values in weights.items():
        text = re.sub(
            rf'("{name}": ).*?(,?\n    "|\n  }})',
            rf"\g<1>{json.dumps(values)}\g<2>",
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
    table = _table(folder, each)
    print("Trained on half of the photographs, without some kinds:")
    half = [
        key for key in table if key[0] == "train" and key[1] not in HELD_OUT
    ]
    _report(_fit(table, half), table)
    everything = _fit(table, list(table))
    print("The weights that are written, on what they were trained on:")
    _report(everything, table)
    _write(_weights(*everything))


def _is_fundus(kind: str) -> bool:
    return kind in POSITIVES or kind == "drawn"


def _fit(table: Table, chosen: list[tuple[str, str]]) -> Fit:
    """Trains on parts of the table; returns scales and means, too."""
    x = np.concatenate([table[key] for key in chosen])
    y = np.concatenate(
        [[_is_fundus(key[1])] * len(table[key]) for key in chosen]
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


def _report(fit: Fit, table: Table) -> None:
    """Prints the share of each kind that passes at each threshold."""
    network, scales, means = fit
    print(f"{'':18}{'number':>8}", *(f"{t:7}" for t in THRESHOLDS))
    totals: dict[str, list[np.ndarray]] = {}
    for (part, kind), rows in table.items():
        if part == "test" and len(rows):
            x = _scaled(rows, scales, means)
            values = network.predict_proba(x)[:, 1]
            _line(kind, values)
            group = "held-out kinds" if kind in HELD_OUT else "other kinds"
            if not _is_fundus(kind):
                totals.setdefault(group, []).append(values)
    for group, parts in totals.items():
        _line(group, np.concatenate(parts))


def _line(name: str, values: np.ndarray) -> None:
    shares = (f"{(values >= t).mean():7.2%}" for t in THRESHOLDS)
    print(f"{name:18}{len(values):8}", *shares)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--each", type=int, default=70)
    arguments = parser.parse_args()
    main(arguments.folder, arguments.each)
