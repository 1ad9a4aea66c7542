"""The signatures of an exported model: what goes in and what comes out."""

from collections.abc import Callable

import tensorflow as tf

from dmtdr_tf.evidence import Grader
from dmtdr_tf.models.deepmt_dr import DeepMTDR

Outputs = dict[str, tf.Tensor]
Signature = Callable[[tf.Tensor], Outputs]


def float_signature(model: DeepMTDR, grader: Grader | None = None) -> Signature:
    """Makes the signature that takes low-resolution photographs as numbers.

    Args:
        model: A trained model.
        grader: Its grader in another form; see `DeepMTDR.explain`.

    Returns:
        A function of `low_res` `[B, h, w, 3]` float32 in [0, 1], RGB, to
        `super_resolution` `[B, H, W, 3]` in [0, 1], `lesions` `[B, H, W, 4]`
        probabilities, `grade` `[B, 5]` logits, `grade_probabilities` `[B, 5]`
        and `evidence` `[B, H, W, 1]` in [0, 1].
    """

    def serve(low_res: tf.Tensor) -> Outputs:
        outputs = model.explain(low_res, grader)
        probabilities = tf.nn.softmax(outputs["grade"])
        return {**outputs, "grade_probabilities": probabilities}

    return serve


def bytes_signature(serve: Signature, size: int) -> Signature:
    """Makes the signature that takes files' contents.

    Args:
        serve: From `float_signature`.
        size: Side of the model's input, in pixels.

    Returns:
        A function of `photograph_bytes` `[B]`, each the content of a JPEG or
        PNG file, to the outputs of `float_signature`. The photographs should
        be the square around the field of view; see `decode_photograph`.
    """

    def serve_bytes(photograph_bytes: tf.Tensor) -> Outputs:
        low_res = tf.map_fn(
            lambda content: decode_photograph(content, size),
            photograph_bytes,
            fn_output_signature=tf.TensorSpec((size, size, 3), tf.float32),
        )
        return serve(low_res)

    return serve_bytes


def decode_photograph(content: tf.Tensor, size: int) -> tf.Tensor:
    """Decodes a photograph and brings it to the model's input size, in graph.

    Another size is resized by the antialiased bicubic filter, and what is not
    square is padded with black: a retina stays round. The field of view is
    not searched for, and an EXIF orientation is not applied.

    Args:
        content: A string: the content of a JPEG or PNG file. Grey is repeated
            over the channels.
        size: Side of the result, in pixels.

    Returns:
        `[size, size, 3]` float32 in [0, 1], RGB.
    """
    photograph = tf.io.decode_image(
        content, channels=3, dtype=tf.uint8, expand_animations=False
    )
    photograph = tf.ensure_shape(photograph, (None, None, 3))
    photograph = tf.cast(photograph, tf.float32) / 255.0
    resized = tf.image.resize_with_pad(
        photograph, size, size, method="bicubic", antialias=True
    )
    return tf.clip_by_value(resized, 0.0, 1.0)
