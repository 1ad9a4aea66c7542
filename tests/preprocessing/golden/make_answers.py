"""Writes answers.json with the Python implementation.

    PYTHONPATH=tests python tests/preprocessing/golden/make_answers.py

`golden_test.py` checks the answers against facts that do not come from our
code: where the disc was drawn, and other people's filters.
"""

import dataclasses
import json

import numpy as np
from preprocessing.golden import photographs as golden

from dmtdr_tf.config import QualityConfig
from dmtdr_tf.preprocessing import (
    NoFieldOfViewError,
    UngradablePhotographError,
    check_quality,
    prepare,
)


def _answer(photograph):
    answer = {"sha256": golden.checksum(photograph)}
    try:
        prepared = prepare(photograph)
    except NoFieldOfViewError as error:
        return {**answer, "error": str(error)}
    try:
        check_quality(prepared.quality, QualityConfig())
        ungradable = ""
    except UngradablePhotographError as error:
        ungradable = str(error)
    low_res, _ = prepared.model_input(*golden.SIZES)
    return {
        **answer,
        "field_of_view": dataclasses.asdict(prepared.field_of_view),
        "quality": _rounded(dataclasses.asdict(prepared.quality)),
        "ungradable": ungradable,
        "model_input": {
            "mean": np.round(low_res.mean((0, 1), np.float64), 7).tolist(),
            "probes": [
                np.round(low_res[probe].astype(float), 6).tolist()
                for probe in golden.PROBES
            ],
        },
    }


def _rounded(measures):
    return {name: round(value, 7) for name, value in measures.items()}


if __name__ == "__main__":
    answers = {name: _answer(f()) for name, f in golden.PHOTOGRAPHS.items()}
    lines = [f"{json.dumps(n)}: {json.dumps(a)}" for n, a in answers.items()]
    golden.ANSWERS_FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
