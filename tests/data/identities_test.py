import dataclasses

import numpy as np
import pytest
import tensorflow_datasets as tfds

from dmtdr_tf.config import presets
from dmtdr_tf.data import identities
from dmtdr_tf.data.identities import Identities, read_identities
from dmtdr_tf.data.pipeline import evaluation_batches
from dmtdr_tf.files.errors import UserError


class Pairs(tfds.core.GeneratorBasedBuilder):
    """Seven photographs of three eyes; that of the last is not known."""

    VERSION = tfds.core.Version("1.0.0")
    EYES = ("b", "a", "b", "c", "a", "b", "")

    def _info(self):
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "photograph": tfds.features.Image(shape=(32, 32, 3)),
                    "lesions": tfds.features.Image(
                        shape=(32, 32, 4), encoding_format="png"
                    ),
                    "has_lesions": np.bool_,
                    "grade": np.int64,
                    "name": tfds.features.Text(),
                    "eye": tfds.features.Text(),
                }
            )
        )

    def _split_generators(self, dl_manager):
        return {"validation": self._generate_examples()}

    def _generate_examples(self):
        for number, eye in enumerate(self.EYES):
            photograph = np.full((32, 32, 3), number, "uint8")
            yield (
                number,
                {
                    "photograph": photograph,
                    "lesions": np.zeros((32, 32, 4), "uint8"),
                    "has_lesions": False,
                    "grade": number % 5,
                    "name": f"photograph-{number}",
                    "eye": eye,
                },
            )


@pytest.fixture
def config(dots_dir):
    base = presets.preset("demo")
    return dataclasses.replace(
        base,
        run=dataclasses.replace(
            base.run, dataset="dots", data_dir=str(dots_dir)
        ),
        data=dataclasses.replace(base.data, high_res_size=32),
    )


def _with_data(config, dataset):
    run = dataclasses.replace(config.run, dataset=dataset)
    return dataclasses.replace(config, run=run)


def test_names_are_in_the_order_of_the_batches(config):
    for dataset in ("dots", "dots+masked_dots"):
        config = _with_data(config, dataset)
        found = read_identities(config, "validation")
        # The red of a photograph says its number, which is its name.
        reds = [
            round(float(batch["high_res"][0, 0, 0, 0]) * 255)
            for batch in evaluation_batches(config, "validation")
        ]
        assert [10 * int(name) + 5 for name in found.names] == reds
        assert found.unit == "photograph"
        assert found.groups.tolist() == list(range(len(reds)))


def test_photographs_of_one_eye_are_a_group(tmp_path, config, monkeypatch):
    builder = Pairs(data_dir=tmp_path)
    builder.download_and_prepare()
    monkeypatch.setattr(identities, "builders", lambda _: [builder])
    found = read_identities(config, "validation")
    assert found.unit == "eye"
    eyes = [Pairs.EYES[int(name.split("-")[1])] for name in found.names]
    for one, eye in enumerate(eyes):
        for other in range(len(eyes)):
            same = bool(eye) and eye == eyes[other]
            assert (found.groups[one] == found.groups[other]) == (
                same or one == other
            )


def test_equal_names_in_two_data_sets_are_not_one_eye(
    tmp_path, config, monkeypatch
):
    builder = Pairs(data_dir=tmp_path)
    builder.download_and_prepare()
    monkeypatch.setattr(identities, "builders", lambda _: [builder, builder])
    found = read_identities(config, "validation")
    assert len(found.names) == 14
    assert set(found.groups[:7]).isdisjoint(found.groups[7:])


def test_labels_that_no_photograph_has_are_missing(
    tmp_path, config, monkeypatch
):
    assert read_identities(config, "validation").missing == ()
    masked = _with_data(config, "masked_dots")
    assert read_identities(masked, "validation").missing == ("grades",)
    both = _with_data(config, "dots+masked_dots")
    assert read_identities(both, "validation").missing == ()
    builder = Pairs(data_dir=tmp_path)
    builder.download_and_prepare()
    monkeypatch.setattr(identities, "builders", lambda _: [builder])
    found = read_identities(config, "validation")
    assert found.missing == ("lesion masks",)


def test_a_split_that_does_not_exist_is_refused(config):
    with pytest.raises(UserError, match="split: dots.* has no split 'test'"):
        read_identities(config, "test")


def test_without_knowledge_each_photograph_stands_for_itself():
    assert Identities.separate(2).names == ("photograph 1", "photograph 2")
    assert Identities.separate(0).groups.size == 0
