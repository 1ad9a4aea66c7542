import numpy as np
import tensorflow_datasets as tfds

from dmtdr_tf.data.records import read_labels, read_samples


class Many(tfds.core.GeneratorBasedBuilder):
    """Sixty photographs in several files, whose grade is their number."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "photograph": tfds.features.Image(shape=(4, 4, 3)),
                    "lesions": tfds.features.Image(
                        shape=(4, 4, 4), encoding_format="png"
                    ),
                    "has_lesions": np.bool_,
                    "grade": np.int64,
                }
            )
        )

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples()}

    def _generate_examples(self):
        for number in range(60):
            yield (
                number,
                {
                    "photograph": np.zeros((4, 4, 3), "uint8"),
                    "lesions": np.zeros((4, 4, 4), "uint8"),
                    "has_lesions": False,
                    "grade": number,
                },
            )


def test_labels_are_in_the_order_of_the_photographs(tmp_path):
    builder = Many(data_dir=tmp_path)
    builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(num_shards=2)
    )
    assert builder.info.splits["train"].num_shards == 2
    (part,) = read_samples([builder], "train")
    grades = [int(sample["grade"]) for sample in part.samples]
    assert part.grade.tolist() == grades
    assert read_labels(builder, "train").grade.tolist() == grades
