"""Writes what the shipped models answer, once a model was added or replaced.

Run it as `python tests/pretrained/make_answers.py`, and look at the change.
"""

import json
import pathlib

from photographs import photographs

from dmtdr_tf import Predictor
from dmtdr_tf.pretrained import shipped_models

FILE = pathlib.Path(__file__).with_name("answers.json")


def answers(name):
    """A model's answers by photograph, in numbers."""
    predictor = Predictor.from_preset(name)
    found = {}
    for photograph, pixels in photographs().items():
        prediction = predictor(pixels)
        found[photograph] = {
            "grade": int(prediction.grade),
            "probabilities": [
                round(float(p), 4) for p in prediction.probabilities
            ],
            "super_resolution_mean": round(
                float(prediction.super_resolution.mean()), 4
            ),
            "lesion_means": [
                round(float(mean), 6)
                for mean in prediction.lesions.mean(axis=(0, 1))
            ],
        }
    return found


if __name__ == "__main__":
    content = {name: answers(name) for name in shipped_models()}
    FILE.write_text(json.dumps(content, indent=2) + "\n")
    print(FILE.read_text())
