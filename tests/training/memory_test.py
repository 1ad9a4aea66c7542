import dataclasses

import pytest

from dmtdr_tf.config import presets
from dmtdr_tf.config.phases import PHASES, stage_phases
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.training.memory import batch_bytes, check_memory


def _config(batch_size):
    config = presets.preset("paper")
    joint = dataclasses.replace(config.stage_2.joint, batch_size=batch_size)
    stage_2 = dataclasses.replace(config.stage_2, joint=joint)
    return dataclasses.replace(config, stage_2=stage_2)


def test_a_batch_is_its_photographs_and_masks():
    assert batch_bytes(_config(3), PHASES["joint"]) == 3 * 1024**2 * 7 * 4
    # Crops of 512 pixels, four a batch.
    restoration = batch_bytes(_config(3), PHASES["restoration"])
    assert restoration == 4 * 512**2 * 7 * 4


def test_a_batch_larger_than_the_memory_is_refused():
    check_memory(_config(2), stage_phases(2))
    with pytest.raises(UserError, match="choose a smaller batch") as error:
        check_memory(_config(100_000), stage_phases(2))
    assert error.value.argument == "stage_2.joint.batch_size"
    # Phases that do not run do not matter.
    check_memory(_config(100_000), stage_phases(1))
