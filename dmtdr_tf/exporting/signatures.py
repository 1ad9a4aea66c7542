"""The signatures of an exported model: its inputs and outputs."""

from collections.abc import Callable

import tensorflow as tf

from dmtdr_tf.config import Config
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.models.subnets import Subnets
from dmtdr_tf.preprocessing.graph import model_input_from_bytes

__all__ = [
    "LESION_THRESHOLD",
    "Outputs",
    "Signature",
    "bytes_signature",
    "checked_signature",
    "float_signature",
    "grade_signature",
]

Outputs = dict[str, tf.Tensor]
Signature = Callable[[tf.Tensor], Outputs]

# A pixel belongs to a lesion if its probability is at least this.
LESION_THRESHOLD = 0.5
# How far resampling may leave [0, 1].
_TOLERANCE = 0.01
# Pixels darker than this share of the bright level are the frame around the
# retina.
_BACKGROUND, _BRIGHT = 0.1, 0.9


def float_signature(
    model: DeepMTDR, subnets: Subnets | None = None
) -> Signature:
    """Returns the signature that takes low-resolution photographs as numbers.

    Args:
        model: A trained model.
        subnets: Another form of its subnets, to use instead.

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
    """Returns a signature that refuses numbers that are not a photograph.

    Args:
        serve: From `float_signature`.

    Returns:
        The same function; in graph it raises `InvalidArgumentError` if a
        value is not finite or not in [0, 1].
    """

    def serve_checked(low_res: tf.Tensor) -> Outputs:
        fits = (low_res >= -_TOLERANCE) & (low_res <= 1.0 + _TOLERANCE)
        message = "low_res must be finite and between 0 and 1"
        # NaN lies in no range.
        check = tf.debugging.Assert(tf.reduce_all(fits), [message])
        with tf.control_dependencies([check]):
            low_res = tf.identity(low_res)
        return serve(low_res)

    return serve_checked


def bytes_signature(serve: Signature, config: Config) -> Signature:
    """Returns the signature that takes files' contents and answers in PNG.

    Args:
        serve: From `float_signature`.
        config: The configuration in the model's workdir.

    Returns:
        A function of `photograph_bytes` `[B]`, each the content of a JPEG or
        PNG file, upright, to `grade` and `grade_probabilities` as in
        `float_signature`; `super_resolution_bytes` `[B]`, `lesions_bytes`
        `[B, 4]` and `evidence_bytes` `[B]`, PNG files of 8 bits, the maps in
        gray; and `field_of_view` `[B, 5]` int32, see
        `model_input_from_bytes`.
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
    """Returns the signature whose answer is small: no maps and no pictures.

    Args:
        model: A trained model.
        config: The configuration in its workdir.

    Returns:
        A function of `photograph_bytes` `[B]`, as in `bytes_signature`, to
        `grade`, `grade_probabilities` and `lesion_shares` `[B, 4]`, the share
        of the retina where the probability is at least 0.5.
    """

    def grade_only(photograph_bytes: tf.Tensor) -> Outputs:
        low_res, _ = _preprocess_all(photograph_bytes, config)
        outputs = model(low_res, training=False)
        masks = tf.cast(outputs["lesions"] >= LESION_THRESHOLD, tf.float32)
        retina = tf.maximum(_retina_share(low_res), 1e-6)
        return {
            **_with_probabilities(outputs["grade"]),
            "lesion_shares": tf.reduce_mean(masks, (1, 2)) / retina[:, None],
        }

    return grade_only


def _with_probabilities(grade: tf.Tensor) -> Outputs:
    return {"grade": grade, "grade_probabilities": tf.nn.softmax(grade)}


def _preprocess_all(
    photograph_bytes: tf.Tensor, config: Config
) -> tuple[tf.Tensor, tf.Tensor]:
    """Low-resolution photographs and fields of view.

    One photograph is decoded at a time, to bound the memory of a request.
    """
    low, high = config.low_res_size, config.data.high_res_size
    low_res, views = tf.map_fn(
        lambda content: model_input_from_bytes(content, low, high),
        photograph_bytes,
        parallel_iterations=1,
        fn_output_signature=(
            tf.TensorSpec((low, low, 3), tf.float32),
            tf.TensorSpec((5,), tf.int32),
        ),
    )
    return low_res, views


def _as_png(pictures: tf.Tensor) -> tf.Tensor:
    """PNG files of `[B, H, W, C]` in [0, 1]: strings `[B]`."""
    eight_bits = tf.cast(tf.round(pictures * 255.0), tf.uint8)
    return tf.map_fn(
        tf.io.encode_png,
        eight_bits,
        fn_output_signature=tf.TensorSpec((), tf.string),
    )


def _retina_share(low_res: tf.Tensor) -> tf.Tensor:
    """The share of each square that shows retina, as in the report: `[B]`."""
    brightest = tf.reduce_max(low_res, -1)
    values = tf.sort(tf.reshape(brightest, (-1, low_res.shape[1] ** 2)), 1)
    position = _BRIGHT * (values.shape[1] - 1)
    low, part = int(position), position - int(position)
    level = values[:, low] * (1.0 - part) + values[:, low + 1] * part
    is_retina = brightest > _BACKGROUND * level[:, None, None]
    return tf.reduce_mean(tf.cast(is_retina, tf.float32), (1, 2))
