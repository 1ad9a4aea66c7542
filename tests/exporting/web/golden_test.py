"""The page's preprocessing under Node against the golden answers."""

import dataclasses
import json
import re

import pytest
from exporting.web.node import NODE, preprocess, run_node
from preprocessing.golden import photographs as golden
from preprocessing.golden.photographs import (
    ANSWERS,
    LOCATED,
    PHOTOGRAPHS,
    REFUSED,
    SIZES,
)

from dmtdr_tf.config import QualityConfig
from dmtdr_tf.preprocessing import constants

pytestmark = pytest.mark.skipif(not NODE, reason="Node.js is not installed")


def test_the_page_s_constants_are_python_s():
    values = json.loads(run_node("constants.js", b""))
    of_python = {name: getattr(constants, name) for name in constants.__all__}
    expected = json.loads(json.dumps(of_python))
    # Limits of the other two machines.
    for name in ("FILE_MEGABYTES", "FILE_MEGAPIXELS", "SERVER_MEGAPIXELS"):
        del expected[f"MAX_{name}"]
    assert values == expected


@pytest.mark.parametrize("name", LOCATED)
def test_the_page_gives_the_answer(name):
    thresholds = dataclasses.asdict(QualityConfig())
    answer, low_res = preprocess(PHOTOGRAPHS[name](), *SIZES, thresholds)
    expected = ANSWERS[name]
    assert answer["field_of_view"] == expected["field_of_view"]
    assert answer["quality"] == pytest.approx(expected["quality"], abs=2e-4)
    # The page gives the numbers in a table, not in the sentence.
    without_numbers = re.sub(r" \([^)]*\)", "", expected["ungradable"])
    assert answer["refusal"] == without_numbers
    # OpenCV rounds a value halfway up or down.
    golden.assert_input(low_res, expected["model_input"], 1.01 / 255, 1e-5)


@pytest.mark.parametrize("name", REFUSED)
def test_no_field_of_view_has_the_answered_message(name):
    answer, _ = preprocess(PHOTOGRAPHS[name](), *SIZES)
    assert answer["error"] == ANSWERS[name]["error"]
