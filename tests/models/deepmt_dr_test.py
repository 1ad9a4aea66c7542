import keras
import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf import evidence, losses
from dmtdr_tf.config import LossConfig
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models.learning.subnet_adamw import SubnetAdamW

RATE = 0.1


def _tensors(batch):
    return {name: tf.constant(value) for name, value in batch.items()}


def _snapshot(variables):
    return [np.array(v) for v in variables]


def _compile(model, phase="joint", **weights):
    model.compile(keras.optimizers.SGD(RATE), LossConfig(**weights), phase)


def _freeze_batch_norm(model):
    model.freeze(["batch_norm"])


def test_call_composes_the_three_subnets(make_model, make_batch):
    model, low_res = make_model(), make_batch()["low_res"]
    made = model(low_res)
    restored = tf.clip_by_value(model.super_resolver(low_res), 0.0, 1.0)
    lesions = model.segmenter(restored)
    np.testing.assert_allclose(made["super_resolution"], restored, atol=1e-6)
    np.testing.assert_allclose(made["lesions"], lesions, atol=1e-6)
    np.testing.assert_allclose(
        made["grade"], model.grader([restored, lesions]), atol=1e-5
    )


def test_explain_adds_the_evidence_of_what_it_shows(make_model, make_batch):
    model, low_res = make_model(), make_batch()["low_res"]
    made = model.explain(low_res)
    assert float(tf.reduce_min(made["super_resolution"])) >= 0
    assert float(tf.reduce_max(made["super_resolution"])) <= 1
    wanted = evidence.gmsv(
        model.grader, made["super_resolution"], made["lesions"]
    )
    np.testing.assert_allclose(made["evidence"], wanted, atol=1e-5)
    np.testing.assert_allclose(
        made["grade"],
        model.grader([made["super_resolution"], made["lesions"]]),
        atol=1e-5,
    )


def test_explains_photographs_of_a_size_that_only_the_graph_knows(make_model):
    model = make_model()
    anything = tf.TensorSpec([None, None, None, 3])
    explain = tf.function(model.explain, input_signature=[anything])
    for shape in ((1, 16, 32, 3), (2, 24, 16, 3)):
        low_res = tf.random.stateless_uniform(shape, (4, 2))
        made, wanted = explain(low_res), model.explain(low_res)
        assert made["evidence"].shape == (
            shape[0],
            *made["lesions"].shape[1:3],
            1,
        )
        for name, value in wanted.items():
            np.testing.assert_allclose(made[name], value, atol=1e-5)


def test_predict_gives_what_explain_gives(make_model, make_batch):
    model, batch = make_model(), make_batch()
    wanted = model.explain(batch["low_res"])
    for data in (batch["low_res"], tf.data.Dataset.from_tensors(batch)):
        made = model.predict(data, verbose=0)
        for name in wanted:
            np.testing.assert_allclose(made[name], wanted[name], atol=1e-4)


def _expected_gradients(model, batch, config):
    """Each objective's own gradient, from the equations, on separate tapes."""
    high_lesions = model.segmenter(batch["high_res"])
    high_shown = evidence.gmsv(model.grader, batch["high_res"], high_lesions)
    absent = tf.cast(1 - batch["has_lesions"], tf.float32)
    target = losses.semi_supervised_target(high_shown, batch["grade"], 0.5)
    learners = model.learners("joint")
    found = {}
    for subnet, variables in learners.items():
        with tf.GradientTape() as tape:
            restored = model.super_resolver(batch["low_res"])
            lesions = model.segmenter(restored)
            shown = evidence.gmsv(model.grader, restored, lesions)
            grade = model.grader([restored, lesions])
            if subnet == "super_resolution":
                soft = [
                    tf.sigmoid((v - 0.5) / 0.1) for v in (shown, high_shown)
                ]
                objective = (
                    tf.reduce_mean(tf.abs(restored - batch["high_res"]))
                    + 2 * tf.reduce_mean((lesions - high_lesions) ** 2)
                    + 3 * tf.reduce_mean((soft[0] - soft[1]) ** 2)
                )
            elif subnet == "segmentation":
                dice = losses.DiceLoss().call(batch["lesions"], lesions)
                union = 1 - tf.reduce_prod(1 - lesions, -1, keepdims=True)
                pseudo = tf.reduce_mean((union - target) ** 2, (1, 2, 3))
                objective = tf.reduce_sum(
                    dice * batch["has_lesions"]
                ) / tf.reduce_sum(batch["has_lesions"]) + tf.reduce_sum(
                    pseudo * absent
                ) / tf.reduce_sum(absent)
            else:
                objective = tf.reduce_mean(
                    losses.GradingLoss().call(batch["grade"], grade)
                )
        found[subnet] = tape.gradient(objective, variables)
    return found


def test_each_subnet_follows_its_own_objective(make_model, make_batch):
    model = make_model()
    _freeze_batch_norm(model)
    config = {
        "total_variation_loss_weight": 0.0,
        "segmentation_aware_loss_weight": 2.0,
        "classification_aware_loss_weight": 3.0,
    }
    _compile(model, **config)
    batch = _tensors(make_batch(has_lesions=(1, 0)))
    gradients = _expected_gradients(model, batch, config)
    before = {k: _snapshot(v) for k, v in model.learners("joint").items()}
    model.train_step(batch)
    for subnet, variables in model.learners("joint").items():
        for old, new, gradient in zip(
            before[subnet], variables, gradients[subnet], strict=True
        ):
            np.testing.assert_allclose(
                np.array(new), old - RATE * gradient, atol=2e-5
            )


def test_evidence_alone_teaches_the_super_resolver(make_model, make_batch):
    model = make_model()
    _compile(
        model,
        image_loss_weight=0.0,
        total_variation_loss_weight=0.0,
        segmentation_aware_loss_weight=0.0,
        classification_aware_loss_weight=10.0,
    )
    variables = model.learners("joint")["super_resolution"]
    before = _snapshot(variables)
    model.train_step(_tensors(make_batch()))
    moved = [
        np.abs(old - np.array(new)).max()
        for old, new in zip(before, variables, strict=True)
    ]
    assert min(moved) > 0


def test_joint_routing_gives_the_super_resolver_every_loss(
    make_model, make_batch
):
    moved = {}
    for routing in ("subnet", "joint"):
        model = make_model()
        _compile(
            model,
            routing=routing,
            image_loss_weight=0.0,
            total_variation_loss_weight=0.0,
            segmentation_aware_loss_weight=0.0,
            classification_aware_loss_weight=0.0,
        )
        variables = model.learners("joint")["super_resolution"]
        before = _snapshot(variables)
        model.train_step(_tensors(make_batch()))
        moved[routing] = max(
            np.abs(old - np.array(new)).max()
            for old, new in zip(before, variables, strict=True)
        )
    assert moved["subnet"] == 0
    assert moved["joint"] > 0


@pytest.mark.parametrize("phase", ["restoration", "grading", "joint"])
def test_only_the_phases_subnets_change(make_model, make_batch, phase):
    model = make_model()
    _compile(model, phase)
    learns = {
        "super_resolver": phase != "grading",
        "segmenter": phase != "grading",
        "grader": phase != "restoration",
    }
    before = {n: _snapshot(getattr(model, n).weights) for n in learns}
    model.train_step(_tensors(make_batch()))
    for name, should in learns.items():
        changed = any(
            not np.array_equal(old, new)
            for old, new in zip(
                before[name],
                _snapshot(getattr(model, name).weights),
                strict=True,
            )
        )
        assert changed == should, name


@pytest.mark.parametrize("phase", ["restoration", "grading", "joint"])
def test_a_step_that_is_not_finite_changes_nothing(
    make_model, make_batch, phase
):
    model = make_model()
    model.compile(keras.optimizers.AdamW(), LossConfig(), phase)
    model.train_step(_tensors(make_batch()))
    before = _snapshot(model.weights + model.optimizer.variables)
    bad = make_batch()
    for name in ("low_res", "high_res"):
        bad[name][0, 0, 0, 0] = np.nan
    logs = model.train_step(_tensors(bad))
    after = _snapshot(model.weights + model.optimizer.variables)
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old, new)
    assert float(logs["bad_steps"]) == 1
    assert all(np.isfinite(float(v)) for v in logs.values())


def test_a_loss_is_that_of_its_labelled_samples_alone(make_model, make_batch):
    names = ("dice_loss", "grading_loss", "semi_supervised_loss")
    mixed = make_batch(has_lesions=(1, 0, 0), grade=(-1, 2, -1))
    parts = {
        name: {key: value[rows] for key, value in mixed.items()}
        for name, rows in zip(names, ([0], [1], [1]), strict=True)
    }
    model = make_model()
    _compile(model)

    def logs_of(batch):
        for metric in model.metrics:
            metric.reset_state()
        return model.test_step(_tensors(batch))

    together = logs_of(mixed)
    for name, part in parts.items():
        assert float(together[name]) == pytest.approx(
            float(logs_of(part)[name]), rel=1e-4
        )


def test_a_batch_without_labels_has_losses_of_zero(make_model, make_batch):
    model = make_model()
    _compile(model)
    logs = model.train_step(
        _tensors(make_batch(has_lesions=(0, 0), grade=(-1, -1)))
    )
    assert float(logs["dice_loss"]) == float(logs["grading_loss"]) == 0
    assert float(logs["semi_supervised_loss"]) == 0
    assert float(logs["image_loss"]) > 0


def test_saved_model_comes_back_whole(make_model, make_batch, tmp_path):
    model, batch = make_model(), make_batch()
    model.compile(
        keras.optimizers.AdamW(0.01),
        LossConfig(dice_loss_weight=0.5),
        "restoration",
        gradient_accumulation=2,
    )
    model.train_step(_tensors(batch))
    path = tmp_path / "model.keras"
    model.save(path)
    loaded = keras.models.load_model(path)
    assert loaded.config == model.config
    assert loaded.losses_config == model.losses_config
    assert (loaded.phase, loaded.gradient_accumulation) == ("restoration", 2)
    for name, value in model.explain(batch["low_res"]).items():
        np.testing.assert_allclose(
            loaded.explain(batch["low_res"])[name], value, atol=1e-5
        )


def test_what_is_frozen_and_the_optimiser_s_state_come_back(
    make_model, make_batch, tmp_path
):
    model, batch = make_model(), _tensors(make_batch())
    model.freeze(["segmentation", "batch_norm"])
    learners = model.learners("joint")
    counts = {name: len(v) for name, v in learners.items()}
    assert counts["segmentation"] == 0 < counts["grading"]
    model.compile(SubnetAdamW(0.01, [2.0] * sum(counts.values())))
    model.train_step(batch)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert {k: len(v) for k, v in loaded.learners("joint").items()} == counts
    assert int(loaded.optimizer.iterations) == 1
    for one in (model, loaded):
        one.train_step(batch)
    for one, other in zip(model.variables, loaded.variables, strict=True):
        np.testing.assert_allclose(np.array(one), np.array(other), atol=1e-5)


def test_nothing_is_compiled_by_xla(make_model):
    # It has no bicubic resize, and on a GPU Keras would take it by default.
    model = make_model()
    _compile(model)
    assert not model.jit_compile


@pytest.mark.parametrize("scale", [2, 8])
def test_other_scales_learn(make_model, make_batch, scale):
    model, batch = make_model(scale=scale), make_batch()
    batch["low_res"] = batch["high_res"][:, ::scale, ::scale]
    model.compile(keras.optimizers.AdamW(1e-2), LossConfig(), "restoration")
    before = float(model.train_step(_tensors(batch))["image_loss"])
    for _ in range(3):
        model.train_step(_tensors(batch))
    for metric in model.metrics:
        metric.reset_state()
    assert float(model.test_step(_tensors(batch))["image_loss"]) < before


def test_without_super_resolution_the_bicubic_one_is_graded(
    make_model, make_batch
):
    model, batch = make_model(use_super_resolution=False), make_batch()
    _compile(model)
    model.train_step(_tensors(batch))
    made = model(batch["low_res"])["super_resolution"][:, 8:-8, 8:-8]
    wanted = tf.image.resize(batch["low_res"], (64, 64), "bicubic")
    wanted = tf.clip_by_value(wanted, 0.0, 1.0)
    np.testing.assert_allclose(made, wanted[:, 8:-8, 8:-8], atol=1e-5)


def test_without_segmentation_no_lesion_is_seen(make_model, make_batch):
    model, batch = make_model(use_segmentation=False), make_batch()
    _compile(model)
    model.train_step(_tensors(batch))
    assert float(tf.reduce_max(model(batch["low_res"])["lesions"])) == 0


@pytest.mark.parametrize("kind", ["grad_cam", "guided_backprop", "smooth_grad"])
def test_other_evidence_maps_train_too(make_model, make_batch, kind):
    model, batch = make_model(evidence=kind), make_batch(size=32)
    _compile(model)
    logs = model.train_step(_tensors(batch))
    assert all(np.isfinite(float(v)) for v in logs.values())
    assert (
        float(tf.reduce_max(model.explain(batch["low_res"])["evidence"])) <= 1
    )


def test_train_step_is_traced_once(make_model, make_batch):
    model = make_model()
    _compile(model)
    step = tf.function(model.train_step)
    for seed in range(3):
        step(_tensors(make_batch(seed=seed)))
    assert step.experimental_get_tracing_count() == 1


@pytest.mark.parametrize(
    ("options", "argument"),
    [({"phase": "both"}, "phase"), ({"gradient_accumulation": 0}, "gradient_")],
)
def test_compile_refuses_arguments_by_name(make_model, options, argument):
    with pytest.raises(UserError, match=f"^{argument}"):
        make_model().compile(**options)


def test_what_does_not_exist_is_not_frozen(make_model):
    with pytest.raises(UserError, match=r"^frozen: .*'retina'"):
        make_model().freeze(["batch_norm", "retina"])


def test_the_grader_learns_from_what_is_super_resolved(make_model, make_batch):
    """One photograph of two super-resolved, its lesions segmented anew."""
    model, batch = make_model(), _tensors(make_batch())
    _compile(model, "grading")
    restored = model(batch["low_res"])["super_resolution"]
    photographs = tf.stack([restored[0], batch["high_res"][1]])
    wanted = model.grader([photographs, model.segmenter(photographs)])
    batch["super_resolved"] = tf.constant([1.0, 0.0])
    outputs = model.forward(batch, training=False)
    np.testing.assert_allclose(outputs["grade"], wanted, atol=1e-5)
    # Nothing but the grader learns, and no moving statistic of another.
    others = [*model.super_resolver.variables, *model.segmenter.variables]
    before = _snapshot(others)
    model.train_step(batch)
    for variable, value in zip(others, before, strict=True):
        np.testing.assert_array_equal(variable, value)
