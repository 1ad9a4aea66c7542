import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models.symmetries import symmetric


def _symmetries(picture):
    """The eight of `[B, H, W, C]`, and how each is undone."""
    for turns in range(4):
        turned = np.rot90(picture, turns, axes=(1, 2))
        yield turned, lambda x, t=turns: np.rot90(x, -t, axes=(1, 2))
        yield (
            turned[:, :, ::-1],
            lambda x, t=turns: np.rot90(x[:, :, ::-1], -t, axes=(1, 2)),
        )


def _by_hand(explain, low_res):
    outputs = []
    for picture, undo in _symmetries(low_res):
        answer = explain(tf.constant(picture.copy()))
        outputs.append(
            {
                name: undo(value.numpy()) if value.ndim == 4 else value.numpy()
                for name, value in answer.items()
            }
        )
    means = {k: np.mean([o[k] for o in outputs], axis=0) for k in outputs[0]}
    highest = means["evidence"].max(axis=(1, 2, 3), keepdims=True)
    means["evidence"] = means["evidence"] / np.maximum(highest, 1e-12)
    return means


@pytest.fixture
def low_res():
    return np.random.default_rng(0).random((2, 16, 16, 3), dtype="float32")


def test_equals_eight_answers_mapped_back_and_averaged(model, low_res):
    expected = _by_hand(model.explain, low_res)
    averaged = symmetric(model.explain, 8)
    for answer in (averaged(low_res), tf.function(averaged)(low_res)):
        assert sorted(answer) == sorted(expected)
        for name, value in expected.items():
            np.testing.assert_allclose(
                answer[name], value, atol=2e-5, err_msg=name
            )
    # The model itself does not have the symmetries.
    alone = model.explain(tf.constant(low_res))
    assert np.abs(alone["grade"] - expected["grade"]).max() > 1e-3
    assert np.abs(alone["lesions"] - expected["lesions"]).max() > 1e-3


def test_the_average_is_symmetric(model, low_res):
    averaged = tf.function(symmetric(model.explain, 8))
    answer = averaged(low_res)
    for picture, undo in _symmetries(low_res):
        turned = averaged(tf.constant(picture.copy()))
        np.testing.assert_allclose(turned["grade"], answer["grade"], atol=2e-5)
        np.testing.assert_allclose(
            undo(turned["lesions"].numpy()), answer["lesions"], atol=2e-5
        )


def test_a_map_without_evidence_stays_empty(low_res):
    def explain(low_res):
        return {"evidence": tf.zeros_like(low_res[..., :1])}

    assert not np.any(symmetric(explain, 8)(low_res)["evidence"])


def test_one_is_the_model_itself_and_four_is_refused(model):
    assert symmetric(model.explain, 1) == model.explain
    with pytest.raises(UserError, match="^symmetries: must be one of"):
        symmetric(model.explain, 4)
