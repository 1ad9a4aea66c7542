"""Judges a run's grades on validation eyes, and as another camera sees them."""

import argparse
import json
from typing import Any

import numpy as np

__all__ = ["figures", "intervals"]

_DRAWS = 2000


def figures(grades: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """Returns the figures of graded photographs.

    Args:
        grades: `[N]`, 0 to 4.
        probabilities: `[N, 5]`.

    Returns:
        Accuracy, quadratic kappa, AUC of referable retinopathy, log loss,
        mean grade predicted less the true one, and recall per grade.
    """
    predicted = probabilities.argmax(1)
    table = np.zeros((5, 5))
    np.add.at(table, (grades, predicted), 1)
    distance = np.subtract.outer(np.arange(5), np.arange(5)) ** 2
    chance = np.outer(table.sum(1), table.sum(0)) / len(grades)
    expected = probabilities @ np.arange(5)
    own = probabilities[np.arange(len(grades)), grades]
    with np.errstate(invalid="ignore"):
        recall = table.diagonal() / table.sum(1)
    return {
        "accuracy": float(table.trace() / len(grades)),
        "kappa": float(
            1 - (table * distance).sum() / (chance * distance).sum()
        ),
        "auc": _auc(grades >= 2, probabilities[:, 2:].sum(1)),
        "log_loss": float(-np.log(np.maximum(own, 1e-7)).mean()),
        "shift": float((expected - grades).mean()),
        **{f"recall_{g}": float(recall[g]) for g in range(5)},
    }


def _auc(positive: np.ndarray, score: np.ndarray) -> float:
    if positive.all() or not positive.any():
        return float("nan")
    above = score[positive][:, None] - score[~positive][None]
    return float(((above > 0) + 0.5 * (above == 0)).mean())


def intervals(grades: np.ndarray, probabilities: np.ndarray) -> dict[str, Any]:
    """Returns every figure with its 95 % bootstrap interval over eyes.

    Args:
        grades: `[N]`, one per eye.
        probabilities: `[N, R, 5]`: R renderings of each eye.
    """
    count, renderings = probabilities.shape[:2]

    def of(eyes: np.ndarray) -> dict[str, float]:
        return figures(
            np.repeat(grades[eyes], renderings),
            probabilities[eyes].reshape(-1, 5),
        )

    rng = np.random.default_rng(0)
    eyes = rng.integers(0, count, (_DRAWS, count))
    draws = [of(chosen) for chosen in eyes]
    return {
        name: [value, *np.nanpercentile([d[name] for d in draws], [2.5, 97.5])]
        for name, value in of(np.arange(count)).items()
    }


def _probabilities(model: Any, low_res: np.ndarray) -> np.ndarray:
    """Grades `[N, R, h, w, 3]` uint8: `[N, R, 5]`."""
    import tensorflow as tf

    flat = low_res.reshape(-1, *low_res.shape[2:])
    call = tf.function(lambda batch: model(batch)["grade"])
    logits = [
        call(tf.constant(flat[i : i + 4], tf.float32) / 255.0).numpy()
        for i in range(0, len(flat), 4)
    ]
    odds = np.concatenate(logits)
    odds = np.exp(odds - odds.max(1, keepdims=True))
    odds /= odds.sum(1, keepdims=True)
    return odds.reshape(*low_res.shape[:2], 5)


def main() -> None:
    """Prints the figures of both columns, and writes them beside the run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workdir", required=True)
    parser.add_argument("--phase", default="grading")
    parser.add_argument("--photographs", required=True)
    parser.add_argument("--output", default="")
    args = parser.parse_args()
    from dmtdr_tf.models.deepmt_dr import DeepMTDR
    from dmtdr_tf.training.distribution import set_precision
    from dmtdr_tf.training.workdir import Workdir

    workdir = Workdir(args.workdir)
    config = workdir.config
    set_precision(config.run)
    model = DeepMTDR(config.model)
    workdir.load_weights(model, args.phase)
    with np.load(args.photographs) as data:
        grades, plain, varied = data["grades"], data["plain"], data["varied"]
    columns = {"validation": plain[:, None], "other cameras": varied}
    result, kept = {}, {}
    for name, photographs in columns.items():
        kept[name] = _probabilities(model, photographs)
        result[name] = intervals(grades, kept[name])
        print(f"{args.workdir} {args.phase} {name}")
        for figure, (value, low, high) in result[name].items():
            print(f"  {figure:9} {value:6.3f} [{low:.3f}, {high:.3f}]")
    if args.output:
        with open(f"{args.output}.json", "w") as file:
            json.dump(result, file, indent=1)
        np.savez(args.output, allow_pickle=False, grades=grades, **kept)


if __name__ == "__main__":
    main()
