import dataclasses

import pytest

from dmtdr_tf.commands.older_options import translate_balance
from dmtdr_tf.config import presets
from dmtdr_tf.files.errors import UserError


def _base(balance):
    base = presets.preset("demo")
    joint = dataclasses.replace(base.stage_2.joint, balance=balance)
    stage_2 = dataclasses.replace(base.stage_2, joint=joint)
    return dataclasses.replace(base, stage_2=stage_2)


@pytest.mark.parametrize(
    ("base", "options", "balance"),
    [
        ("none", ["class-balanced"], "grade"),
        ("none", ["lesion_balanced"], "lesion"),
        ("grade", ["no-class-balanced"], "none"),
        ("grade", ["no-lesion-balanced"], "grade"),
        ("lesion", ["no_lesion_balanced", "class_balanced"], "grade"),
        # The last of several counts, as in every command.
        ("none", ["class-balanced", "no-class-balanced"], "none"),
    ],
)
def test_an_older_option_changes_only_its_half_of_the_balance(
    base, options, balance, capsys
):
    argv = [f"--stage-2.joint.{option}" for option in options]
    expected = f"--stage-2.joint.balance={balance}"
    assert translate_balance(argv, _base(base)) == [expected]
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(f"is deprecated; write {expected}")
    assert all(option in line for option in argv)


def test_both_balances_of_a_phase_are_refused():
    both = ["--stage_2.joint.class-balanced", "--stage-2.joint.lesion-balanced"]
    with pytest.raises(UserError, match="mutually exclusive"):
        translate_balance(both, _base("none"))
    with pytest.raises(UserError, match="mutually exclusive"):
        translate_balance(both[:1], _base("lesion"))


def test_other_options_stay_as_they_are_in_their_order(capsys):
    argv = ["--seed=3", "--stage-3.joint.class-balanced", "--a", "class"]
    assert translate_balance(argv, _base("none")) == argv
    mixed = [argv[0], "--stage_1.grading.class-balanced", *argv[1:]]
    assert translate_balance(mixed, _base("none")) == [
        *argv,
        "--stage-1.grading.balance=grade",
    ]
    assert capsys.readouterr().err.count("\n") == 1
