import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from dmtdr_tf.config import (
    Config,
    DataConfig,
    PhaseConfig,
    RunConfig,
    StageTwoConfig,
)
from dmtdr_tf.data import pipeline, records
from dmtdr_tf.files.errors import UserError


def _numbers(batch):
    """Which photographs a batch holds: their red says so."""
    return np.rint((batch["high_res"][:, 0, 0, 0] * 255 - 5) / 10).astype(int)


def _epochs(config, phase, **options):
    data = pipeline.training_data(config, phase, **options)
    batches = [_numbers(b) for b in data.batches.as_numpy_iterator()]
    steps = data.steps_per_epoch
    return [
        np.concatenate(batches[i : i + steps])
        for i in range(0, len(batches), steps)
    ]


def test_an_epoch_shows_every_photograph_once(config):
    epochs = _epochs(config, PhaseConfig(epochs=3, batch_size=2))
    assert len(epochs) == 3
    for epoch in epochs:
        assert sorted(epoch) == list(range(10))
    assert any((a != b).any() for a, b in zip(epochs, epochs[1:], strict=False))


def test_going_on_from_an_epoch_gives_the_same_batches(config, replace):
    config = replace(config, data=DataConfig(high_res_size=32))
    phase = PhaseConfig(epochs=4, batch_size=5)
    whole = list(pipeline.training_data(config, phase).batches)
    rest = list(pipeline.training_data(config, phase, initial_epoch=2).batches)
    assert len(rest) == 4
    for one, other in zip(whole[4:], rest, strict=True):
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])


def test_seed_changes_the_order(config, replace):
    phase = PhaseConfig(epochs=1, batch_size=10)
    other = replace(config, run=replace(config.run, seed=5))
    assert (_epochs(config, phase)[0] != _epochs(other, phase)[0]).any()


def test_keep_takes_what_has_the_label(config):
    phase = PhaseConfig(epochs=1, batch_size=1)
    annotated = _epochs(config, phase, keep="lesions")[0]
    assert sorted(annotated) == [0, 3, 6, 9]
    graded = _epochs(config, phase, keep="grade")[0]
    assert sorted(graded) == [1, 2, 3, 4, 5, 7, 8, 9]  # 0 and 6 have none


def test_masks_say_what_is_known(config):
    batches = pipeline.evaluation_batches(config, "train", 10)
    batch = next(batches.as_numpy_iterator())
    # TFDS shuffles what it writes.
    order = np.argsort(_numbers(batch))
    batch = {name: value[order] for name, value in batch.items()}
    np.testing.assert_array_equal(_numbers(batch), range(10))
    np.testing.assert_array_equal(
        batch["has_lesions"], [1, 0, 0, 1, 0, 0, 1, 0, 0, 1]
    )
    np.testing.assert_array_equal(
        batch["grade"], [-1, 0, 1, 2, 3, 4, -1, 0, 1, 2]
    )
    np.testing.assert_array_equal(batch["has_grade"], batch["grade"] >= 0)
    assert batch["lesions"][3, 4, 4].tolist() == [0, 0, 0, 1]
    assert batch["low_res"].shape == (10, 8, 8, 3)


def test_class_balance_draws_every_grade_alike(config):
    phase = PhaseConfig(
        epochs=1, batch_size=1, steps_per_epoch=400, balance="grade"
    )
    drawn = _epochs(config, phase, keep="grade")[0]
    grades = np.bincount(drawn % 6 - 1, minlength=5)
    assert grades.sum() == 400
    assert grades.min() > 50


def test_lesion_balance_draws_every_kind_alike(config):
    phase = PhaseConfig(
        epochs=1, batch_size=1, steps_per_epoch=400, balance="lesion"
    )
    drawn = np.bincount(_epochs(config, phase)[0], minlength=10)
    # 0, 3, 6 and 9 have a kind of lesion each, the other six have none.
    assert drawn.sum() == 400
    assert drawn[[0, 3, 6, 9]].min() > 50
    assert 50 < drawn[[1, 2, 4, 5, 7, 8]].sum() < 130


def test_a_balance_and_dataset_weights_are_mutually_exclusive():
    balanced = PhaseConfig(balance="lesion")
    message = r"dataset_weights and stage_2\.joint\.balance=lesion are mutually"
    with pytest.raises(UserError, match=message):
        Config(
            run=RunConfig(dataset="a+b", dataset_weights=(1, 2)),
            stage_2=StageTwoConfig(joint=balanced),
        )


def test_steps_are_whole_updates(config):
    phase = PhaseConfig(
        epochs=1, batch_size=1, steps_per_epoch=5, gradient_accumulation=3
    )
    assert pipeline.training_data(config, phase).steps_per_epoch == 6


def test_crops_are_aligned_with_their_low_resolution(config):
    phase = PhaseConfig(epochs=1, batch_size=2, crop_size=16)
    batch = next(iter(pipeline.training_data(config, phase).batches))
    assert batch["high_res"].shape == (2, 16, 16, 3)
    # Green is a ramp: its cell means are the low-resolution values inside.
    wanted = tf.nn.avg_pool2d(batch["high_res"], 4, 4, "VALID")
    np.testing.assert_allclose(
        batch["low_res"][:, 1:-1, 1:-1], wanted[:, 1:-1, 1:-1], atol=2e-3
    )


def test_lesion_maps_are_computed_once_a_photograph_and_turn_with_it(config):
    calls = []

    def maps(photograph):
        def count(x):
            calls.append(1)
            return x

        red = tf.numpy_function(count, [photograph[..., :1]], tf.float32)
        return tf.tile(tf.ensure_shape(red, (1, 32, 32, 1)), (1, 1, 1, 4))

    phase = PhaseConfig(epochs=3, batch_size=2)
    data = pipeline.training_data(config, phase, lesion_maps=maps)
    for batch in data.batches:
        np.testing.assert_allclose(
            batch["lesion_maps"][..., 0], batch["high_res"][..., 0], atol=0.003
        )
    assert len(calls) == 10


def test_what_does_not_fit_is_read_every_epoch(config, replace):
    small = replace(config, data=replace(config.data, cache_gigabytes=1e-6))
    phase = PhaseConfig(epochs=1, batch_size=2)
    assert pipeline.training_data(config, phase).cached
    assert not pipeline.training_data(small, phase).cached
    np.testing.assert_array_equal(
        _epochs(config, phase)[0], _epochs(small, phase)[0]
    )


def test_unknown_split_and_data_set_are_named(config, replace):
    with pytest.raises(UserError, match="no split 'test'.*train, validation"):
        pipeline.evaluation_batches(config, "test")
    unknown = replace(config, run=RunConfig(dataset="moon_craters"))
    with pytest.raises(UserError, match="moon_craters"):
        records.builders(unknown)


def test_missing_manual_folder_is_named(config, replace, tmp_path):
    run = RunConfig(
        dataset="idrid", data_dir=str(tmp_path), manual_dir="/no/such/folder"
    )
    data = DataConfig(high_res_size=128)
    with pytest.raises(
        UserError, match="manual_dir: no folder /no/such/folder"
    ):
        records.builders(replace(config, run=run, data=data))


def test_size_that_is_not_built_is_named(config, replace):
    odd = replace(config, data=DataConfig(high_res_size=96))
    with pytest.raises(
        UserError, match="dots is not available at 96 pixels.*has 32, 64"
    ):
        records.builders(odd)


def test_disk_that_fills_up_under_the_records_is_named(
    config, replace, tmp_path, monkeypatch
):
    def prepare(self, **options):
        full = tf.errors.ResourceExhaustedError(None, None, "No space left")
        raise RuntimeError(f"ResourceExhaustedError: {full}") from full

    monkeypatch.setattr(
        tfds.core.DatasetBuilder, "download_and_prepare", prepare
    )
    run = RunConfig(dataset="dots", data_dir=str(tmp_path))
    with pytest.raises(UserError, match="^data_dir: .*dots.*No space left"):
        records.builders(replace(config, run=run))


MIX = "dots+graded_dots+masked_dots"


def _mixed(config, replace, **run):
    return replace(config, run=replace(config.run, dataset=MIX, **run))


def test_mix_shows_every_photograph_of_every_source_once(config, replace):
    mixed = _mixed(config, replace)
    phase = PhaseConfig(epochs=2, batch_size=5)
    for epoch in _epochs(mixed, phase):
        assert sorted(epoch) == list(range(20))
    batches = pipeline.evaluation_batches(mixed, "validation")
    # The graded source has no such split.
    assert len(list(batches)) == 3 + 2


def test_sources_without_what_a_phase_needs_are_passed_over(config, replace):
    phase = PhaseConfig(epochs=1, batch_size=2)
    mixed = _mixed(config, replace, dataset_weights=(1.0, 5.0, 1.0))
    data = pipeline.training_data(mixed, phase, keep="lesions")
    assert data.photographs == 4 + 6
    numbers = np.concatenate([_numbers(b) for b in data.batches])
    assert not set(numbers) & {10, 11, 12, 13}
    graded = pipeline.training_data(mixed, phase, keep="grade")
    assert graded.photographs == 8 + 4


def test_sources_are_drawn_from_by_their_weights(config, replace):
    weights = (6.0, 3.0, 1.0)
    mixed = _mixed(config, replace, dataset_weights=weights)
    phase = PhaseConfig(epochs=1, steps_per_epoch=300, batch_size=10)
    numbers = np.concatenate(_epochs(mixed, phase))
    shares = np.histogram(numbers, [0, 10, 14, 20])[0] / len(numbers)
    # Four standard deviations of a share of 3,000 draws.
    np.testing.assert_allclose(shares, [0.6, 0.3, 0.1], atol=0.036)


def test_weights_and_data_sets_are_as_many():
    with pytest.raises(UserError, match=r"run\.dataset_weights.*\(2\)"):
        RunConfig(dataset="idrid+eyepacs", dataset_weights=(1.0,))
    with pytest.raises(UserError, match=r"run\.dataset_weights"):
        RunConfig(dataset="idrid+eyepacs", dataset_weights=(1.0, 0.0))


def test_unknown_split_of_a_mix_is_named(config, replace):
    with pytest.raises(UserError, match="no split 'test'"):
        pipeline.evaluation_batches(_mixed(config, replace), "test")


@pytest.mark.parametrize(
    ("phase", "run"),
    [
        ({"steps_per_epoch": 1}, {}),
        ({"steps_per_epoch": 2}, {"dataset": MIX}),
        (
            {"steps_per_epoch": 1, "batch_size": 4},
            {"dataset": MIX, "dataset_weights": (4.0, 1.0, 1.0)},
        ),
        ({"steps_per_epoch": 2, "balance": "grade"}, {}),
    ],
)
def test_everything_is_seen_in_time_with_a_small_buffer(
    config, replace, phase, run
):
    """What is too large for memory and buffer is read on, epoch by epoch."""
    small = replace(
        config,
        run=replace(config.run, **run),
        data=replace(config.data, cache_gigabytes=1e-6, shuffle_buffer=2),
    )
    epochs = _epochs(
        small, PhaseConfig(epochs=40, **{"batch_size": 2, **phase})
    )
    wanted = set(range(20 if run else 10))
    if phase.get("balance"):
        wanted -= {0, 6}  # not graded
    assert set(np.concatenate(epochs)) == wanted


def test_last_batch_is_filled_with_what_does_not_count(config):
    first, last = pipeline.evaluation_batches(
        config, "validation", batch_size=2, fill=True
    )
    assert first["weight"].numpy().tolist() == [1, 1]
    assert last["weight"].numpy().tolist() == [1, 0]
    assert last["high_res"].shape == (2, 32, 32, 3)
    one, other = _numbers(last)
    assert one == other
    # Of the three, number 0 is annotated and the others are graded.
    assert last["has_grade"].numpy().tolist() == [float(one > 0), 0]
    assert last["has_lesions"].numpy().tolist() == [float(one == 0), 0]


@pytest.mark.parametrize("phase", ["crops", "whole"])
def test_wide_augmentation_resumes_with_the_same_batches(
    config, replace, phase
):
    data = DataConfig(
        high_res_size=32, augmentation="wide", degradation="mixed"
    )
    config = replace(config, data=data)
    crop, fraction = (16, 0.0) if phase == "crops" else (0, 0.5)
    settings = PhaseConfig(epochs=3, batch_size=5, crop_size=crop)
    options = {"keep": "all", "super_resolved": fraction}
    whole = list(pipeline.training_data(config, settings, **options).batches)
    rest = pipeline.training_data(config, settings, initial_epoch=1, **options)
    for one, other in zip(whole[2:], rest.batches, strict=True):
        assert one.keys() == other.keys()
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])


@pytest.mark.parametrize(("fraction", "share"), [(1.0, 1.0), (0.5, 0.5)])
def test_a_fraction_for_the_grader_is_super_resolved(config, fraction, share):
    settings = PhaseConfig(epochs=10, batch_size=10)
    data = pipeline.training_data(config, settings, super_resolved=fraction)
    batches = list(data.batches.as_numpy_iterator())
    assert batches[0]["low_res"].shape == (10, 8, 8, 3)
    assert "lesions" not in batches[0]
    chosen = np.concatenate([batch["super_resolved"] for batch in batches])
    assert set(chosen) <= {0.0, 1.0}
    assert chosen.mean() == pytest.approx(share, abs=0.2)


def test_validation_of_the_grader_is_super_resolved_if_asked(config):
    batches = pipeline.evaluation_batches(
        config, "validation", 2, "grade", fill=True, super_resolved=True
    )
    for batch in batches.as_numpy_iterator():
        np.testing.assert_array_equal(batch["super_resolved"], [1.0, 1.0])
        assert batch["low_res"].shape == (2, 8, 8, 3)
