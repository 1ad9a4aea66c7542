import pytest

from dmtdr_tf.config import presets
from dmtdr_tf.config.phases import PHASES, SUBNETS, stage_phases


def test_phases_are_those_of_the_method():
    rows = [(p.name, p.stage, p.keep, p.start) for p in PHASES.values()]
    assert rows == [
        ("restoration", 1, "lesions", None),
        ("grading", 1, "grade", "restoration"),
        ("joint", 2, "all", "grading"),
    ]
    assert [p.subnets for p in PHASES.values()] == [
        ("super_resolution", "segmentation"),
        ("grading",),
        SUBNETS,
    ]


@pytest.mark.parametrize(
    ("name", "restores", "grades", "is_joint"),
    [
        ("restoration", True, False, False),
        ("grading", False, True, False),
        ("joint", True, True, True),
    ],
)
def test_what_a_phase_trains(name, restores, grades, is_joint):
    phase = PHASES[name]
    assert (phase.restores, phase.grades) == (restores, grades)
    assert phase.is_joint == is_joint
    assert phase.starts_grading == (name == "grading")


def test_a_phase_finds_its_settings():
    config = presets.preset("small")
    joint = PHASES["joint"]
    assert joint.settings(config) == config.stage_2.joint
    assert joint.losses(config) == config.stage_2.losses
    assert PHASES["grading"].losses(config) == config.stage_1.losses
    assert [p.option for p in stage_phases(1)] == [
        "stage_1.restoration",
        "stage_1.grading",
    ]
