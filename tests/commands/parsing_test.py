import dataclasses

import pytest

from dmtdr_tf.commands.parsing import parse
from dmtdr_tf.config import PhaseConfig, StageTwoConfig
from dmtdr_tf.files.errors import UserError


@dataclasses.dataclass(frozen=True)
class Options:
    count: int = 1
    stage_2: StageTwoConfig = StageTwoConfig()

    def __post_init__(self):
        if self.count < 1:
            raise UserError("must be at least 1", argument="count")


def test_options_come_before_the_default():
    default = Options(5, StageTwoConfig(joint=PhaseConfig(epochs=7)))
    parsed = parse(Options, ["--stage-2.joint.batch-size=3"], "x", default)
    assert parsed.count == 5
    assert parsed.stage_2.joint == PhaseConfig(epochs=7, batch_size=3)


def test_a_mistake_names_the_whole_option_and_prints_nothing(capsys):
    with pytest.raises(UserError) as caught:
        parse(Options, ["--stage-2.joint.epochs=0"], "x")
    assert caught.value.argument == "stage_2.joint.epochs"
    with pytest.raises(UserError) as caught:
        parse(Options, ["--count=0"], "x")
    assert caught.value.argument == "count"
    assert capsys.readouterr().err == ""


def test_an_unknown_option_is_tyro_s_own_message(capsys):
    with pytest.raises(SystemExit) as stop:
        parse(Options, ["--no-such-option=1"], "dmtdr x")
    assert stop.value.code == 2
    assert "no-such-option" in capsys.readouterr().err
