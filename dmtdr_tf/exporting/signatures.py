"""The signatures of an exported model: what goes in and what comes out."""

from collections.abc import Callable

import tensorflow as tf

from dmtdr_tf.config import Config
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.models.subnets import Subnets
from dmtdr_tf.preprocessing.graph.preprocess import preprocess

Outputs = dict[str, tf.Tensor]
Signature = Callable[[tf.Tensor], Outputs]

# A pixel belongs to a lesion from this probability on.
LESION_THRESHOLD = 0.5
# Resampling may leave [0, 1] by so much.
_TOLERANCE = 0.01
# Darker than this share of the bright level is the frame around the retina.
_BACKGROUND, _BRIGHT = 0.1, 0.9


def float_signature(
    model: DeepMTDR, subnets: Subnets | None = None
) -> Signature:
    """Makes the signature that takes low-resolution photographs as numbers.

    Args:
        model: A trained model.
        subnets: Another form of its subnets, to use in their place.

    Returns:
        A function of `low_res` `[B, h, w, 3]` float32 in [0, 1], RGB, to
        `super_resolution` `[B, H, W, 3]` in [0, 1], `lesions` `[B, H, W, 4]`
        probabilities, `grade` `[B, 5]` logits, `grade_probabilities` `[B, 5]`
        and `evidence` `[B, H, W, 1]` in [0, 1].
    """

    def serve(low_res: tf.Tensor) -> Outputs:
        outputs = model.explain(low_res, subnets)
        return {**outputs, **_with_probabilities(outputs["grade"])}

    return serve


def checked_signature(serve: Signature) -> Signature:
    """Makes a signature refuse numbers that are no photograph.

    Args:
        serve: From `float_signature`.

    Returns:
        The same function; in graph it raises `InvalidArgumentError` where a
        value is not finite or not in [0, 1].
    """

    def serve_checked(low_res: tf.Tensor) -> Outputs:
        fits = (low_res >= -_TOLERANCE) & (low_res <= 1.0 + _TOLERANCE)
        message = "low_res must be finite and between 0 and 1"
        # NaN is in no range.
        check = tf.debugging.Assert(tf.reduce_all(fits), [message])
        with tf.control_dependencies([check]):
            low_res = tf.identity(low_res)
        return serve(low_res)

    return serve_checked


def bytes_signature(serve: Signature, config: Config) -> Signature:
    """Makes the signature that takes files' contents and answers in PNG.

    Args:
        serve: From `float_signature`.
        config: That of the model's workdir.

    Returns:
        A function of `photograph_bytes` `[B]`, each the content of a JPEG or
        PNG file, upright, to `grade` and `grade_probabilities` as above;
        `super_resolution_bytes` `[B]`, `lesions_bytes` `[B, 4]` and
        `evidence_bytes` `[B]`, PNG files of 8 bits, the maps grey;
        `field_of_view` `[B, 5]` int32, see `preprocess`.
    """

    def serve_bytes(photograph_bytes: tf.Tensor) -> Outputs:
        low_res, views = _preprocess_all(photograph_bytes, config)
        outputs = serve(low_res)
        lesions = tf.transpose(outputs["lesions"], (0, 3, 1, 2))[..., None]
        size = tf.shape(lesions)
        maps = tf.reshape(lesions, tf.concat([[-1], size[2:]], 0))
        return {
            "grade": outputs["grade"],
            "grade_probabilities": outputs["grade_probabilities"],
            "super_resolution_bytes": _as_png(outputs["super_resolution"]),
            "lesions_bytes": tf.reshape(_as_png(maps), size[:2]),
            "evidence_bytes": _as_png(outputs["evidence"]),
            "field_of_view": views,
        }

    return serve_bytes


def grade_signature(model: DeepMTDR, config: Config) -> Signature:
    """Makes the signature whose answer is small.

    No evidence is computed and no picture made.

    Args:
        model: A trained model.
        config: That of its workdir.

    Returns:
        A function of `photograph_bytes` `[B]` as `bytes_signature`'s to
        `grade`, `grade_probabilities` and `lesion_shares` `[B, 4]`: of the
        retina, where the probability is at least 0.5.
    """

    def grade_only(photograph_bytes: tf.Tensor) -> Outputs:
        low_res, _ = _preprocess_all(photograph_bytes, config)
        outputs = model(low_res, training=False)
        found = tf.cast(outputs["lesions"] >= LESION_THRESHOLD, tf.float32)
        retina = tf.maximum(_retina_share(low_res), 1e-6)
        return {
            **_with_probabilities(outputs["grade"]),
            "lesion_shares": tf.reduce_mean(found, (1, 2)) / retina[:, None],
        }

    return grade_only


def _with_probabilities(grade):
    return {"grade": grade, "grade_probabilities": tf.nn.softmax(grade)}


def _preprocess_all(photograph_bytes, config):
    """Low-resolution photographs and squares, one photograph at a time.

    Several decoded ones at once would multiply the memory of a request.
    """
    low, high = config.low_res_size, config.data.high_res_size
    low_res, views = tf.map_fn(
        lambda content: preprocess(content, low, high),
        photograph_bytes,
        parallel_iterations=1,
        fn_output_signature=(
            tf.TensorSpec((low, low, 3), tf.float32),
            tf.TensorSpec((5,), tf.int32),
        ),
    )
    return low_res, views


def _as_png(pictures):
    """PNG files of `[B, H, W, C]` in [0, 1]: strings `[B]`."""
    eight_bits = tf.cast(tf.round(pictures * 255.0), tf.uint8)
    return tf.map_fn(
        tf.io.encode_png,
        eight_bits,
        fn_output_signature=tf.TensorSpec((), tf.string),
    )


def _retina_share(low_res):
    """What share of each square shows retina, as in the report: `[B]`."""
    brightest = tf.reduce_max(low_res, -1)
    values = tf.sort(tf.reshape(brightest, (-1, low_res.shape[1] ** 2)), 1)
    position = _BRIGHT * (values.shape[1] - 1)
    low, part = int(position), position - int(position)
    level = values[:, low] * (1.0 - part) + values[:, low + 1] * part
    shown = brightest > _BACKGROUND * level[:, None, None]
    return tf.reduce_mean(tf.cast(shown, tf.float32), (1, 2))
