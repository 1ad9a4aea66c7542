import dataclasses
import math
from typing import Literal

import pytest

from dmtdr_tf.config import checks
from dmtdr_tf.files.errors import UserError


@dataclasses.dataclass
class Settings:
    count: int = 1
    share: float = 0.5
    kind: Literal["a", "b"] = "a"


@pytest.mark.parametrize("share", [-1.0, 2.0])
def test_both_ends_of_a_range_are_allowed(share):
    checks.require_range(Settings(share=share), "", ("share",), -1, 2)


@pytest.mark.parametrize(
    "share", [math.nextafter(-1, -9), math.nextafter(2, 9), math.inf, math.nan]
)
def test_values_beyond_a_range_and_nan_are_refused(share):
    with pytest.raises(UserError, match=r"must be in \[-1, 2\]") as caught:
        checks.require_range(Settings(share=share), "run.", ("share",), -1, 2)
    assert caught.value.argument == "run.share"


def test_a_range_without_an_upper_limit():
    checks.require_range(Settings(share=math.inf), "", ("share",), 0)
    for share in (-0.1, math.nan):
        with pytest.raises(UserError, match=f"share: .* 0, not {share}"):
            checks.require_range(Settings(share=share), "", ("share",), 0)


def test_only_integers_must_be_positive():
    checks.require_positive(Settings(share=-3.0), "")
    with pytest.raises(UserError, match=r"model\.count: .* 1, not 0"):
        checks.require_positive(Settings(count=0), "model.")


def test_only_fields_of_a_literal_type_have_choices():
    checks.require_choices(Settings(count=-7, kind="b"), "")
    with pytest.raises(UserError, match=r"^x\.kind: .*'a', 'b'.*not 'c'"):
        checks.require_choices(Settings(kind="c"), "x.")
