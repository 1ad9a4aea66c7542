import json
import pathlib

import numpy as np

from dmtdr_tf.preprocessing import constants


def test_every_constant_of_the_file_is_read_and_the_reader_adds_none():
    file = pathlib.Path(constants.__file__).with_name("constants.json")
    groups = json.loads(file.read_text())
    values = {
        name.upper(): value
        for group in groups.values()
        for name, value in group.items()
    }
    assert sorted(values) == constants.__all__
    for name, value in values.items():
        np.testing.assert_array_equal(getattr(constants, name), value)
