"""The signatures of an exported model: its inputs and outputs."""

import dataclasses
from collections.abc import Callable

import tensorflow as tf

from dmtdr_tf.calibration import Calibration
from dmtdr_tf.calibration.graph import graph_probabilities, graph_verdict
from dmtdr_tf.config import Config
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.models.subnets import Subnets
from dmtdr_tf.models.symmetries import symmetric
from dmtdr_tf.preprocessing.graph import (
    decode_photograph,
    find_field_of_view,
    measure_quality,
    quality_refusal,
)
from dmtdr_tf.preprocessing.graph.decoding import require
from dmtdr_tf.preprocessing.graph.model_input import model_input
from dmtdr_tf.preprocessing.quality import Quality

__all__ = [
    "GATE",
    "LABELS_SIGNATURE",
    "LESION_THRESHOLD",
    "PHOTOGRAPHS",
    "QUALITY_MEASURES",
    "WITH_GATE",
    "FileSignature",
    "Outputs",
    "Signature",
    "bytes_signature",
    "checked_signature",
    "float_signature",
    "grade_signature",
]

Outputs = dict[str, tf.Tensor]
Signature = Callable[[tf.Tensor], Outputs]
# Of photographs and of whether each must pass the quality gate.
FileSignature = Callable[..., Outputs]

# The inputs of signatures for files. A signature whose inputs include the gate
# has the name of the one without it, and this ending.
PHOTOGRAPHS, GATE, WITH_GATE = "photograph_bytes", "gate", "_with_gate"
# It has no inputs; its output `labels_json` is what `labels.json` holds.
LABELS_SIGNATURE = "serving_labels"
# The columns of the output `quality`.
QUALITY_MEASURES = tuple(field.name for field in dataclasses.fields(Quality))

# A pixel belongs to a lesion if its probability is at least this.
LESION_THRESHOLD = 0.5
# How far resampling may leave [0, 1].
_TOLERANCE = 0.01
# Pixels darker than this share of the bright level are the frame around the
# retina.
_BACKGROUND, _BRIGHT = 0.1, 0.9


def float_signature(
    model: DeepMTDR,
    subnets: Subnets | None = None,
    calibration: Calibration | None = None,
    symmetries: int = 1,
) -> Signature:
    """Returns the signature that takes low-resolution photographs as numbers.

    Args:
        model: A trained model.
        subnets: Another form of its subnets, to use instead.
        calibration: Of the model; None if it is not calibrated.
        symmetries: 8 averages over the symmetries of the square; 1 does not.

    Returns:
        A function of `low_res` `[B, h, w, 3]` float32 in [0, 1], RGB, to
        `super_resolution` `[B, H, W, 3]` in [0, 1], `lesions` `[B, H, W, 4]`
        probabilities, `grade` `[B, 5]` the model's own logits,
        `grade_probabilities` `[B, 5]`, calibrated, and `evidence`
        `[B, H, W, 1]` in [0, 1].
    """
    explain = symmetric(lambda x: model.explain(x, subnets), symmetries)

    def serve(low_res: tf.Tensor) -> Outputs:
        outputs = explain(low_res)
        probabilities = graph_probabilities(outputs["grade"], calibration)
        return {**outputs, "grade_probabilities": probabilities}

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


def bytes_signature(
    serve: Signature, config: Config, calibration: Calibration | None = None
) -> FileSignature:
    """Returns the signature that takes files' contents and answers in PNG.

    Args:
        serve: From `float_signature`, with the same calibration.
        config: The configuration in the model's workdir.
        calibration: Of the model; None if it is not calibrated.

    Returns:
        A function of `photograph_bytes` `[B]`, each the content of a JPEG or
        PNG file, and `gate`, a boolean or `[B]` booleans, true by default:
        whether photographs are refused whose quality is below the thresholds
        of the configuration. It returns `grade` and `grade_probabilities` as
        in `float_signature`; `referable` `[B]` and `grade_set` `[B, 2]`, see
        `graph_verdict`; `super_resolution_bytes` `[B]`, `lesions_bytes`
        `[B, 4]` and `evidence_bytes` `[B]`, PNG files of 8 bits, the maps in
        gray; `field_of_view` `[B, 5]` int32, see `model_input_from_bytes`;
        `lesion_shares` as in `grade_signature`; and `quality` `[B, n]`, the
        measures in the order of `QUALITY_MEASURES`. In graph it raises
        `InvalidArgumentError` where a photograph is refused.
    """

    def serve_bytes(
        photograph_bytes: tf.Tensor, gate: tf.Tensor | bool = True
    ) -> Outputs:
        prepared = _prepare_all(photograph_bytes, gate, config)
        outputs = serve(prepared["low_res"])
        lesions = tf.transpose(outputs["lesions"], (0, 3, 1, 2))[..., None]
        size = tf.shape(lesions)
        maps = tf.reshape(lesions, tf.concat([[-1], size[2:]], 0))
        return {
            "grade": outputs["grade"],
            "grade_probabilities": outputs["grade_probabilities"],
            **graph_verdict(outputs["grade_probabilities"], calibration),
            "super_resolution_bytes": _as_png(outputs["super_resolution"]),
            "lesions_bytes": tf.reshape(_as_png(maps), size[:2]),
            "evidence_bytes": _as_png(outputs["evidence"]),
            "field_of_view": prepared["field_of_view"],
            "lesion_shares": _lesion_shares(
                outputs["lesions"], prepared["low_res"]
            ),
            "quality": prepared["quality"],
        }

    return serve_bytes


def grade_signature(
    model: DeepMTDR,
    config: Config,
    calibration: Calibration | None = None,
    symmetries: int = 1,
) -> FileSignature:
    """Returns the signature whose answer is small: no maps and no pictures.

    Args:
        model: A trained model.
        config: The configuration in its workdir.
        calibration: Of the model; None if it is not calibrated.
        symmetries: As in `float_signature`.

    Returns:
        A function of `photograph_bytes` `[B]` and `gate`, as in
        `bytes_signature`, to `grade`, `grade_probabilities`, `referable`,
        `grade_set`, `quality`, and `lesion_shares` `[B, 4]`, the share of the
        retina where the probability is at least 0.5.
    """

    def grade_and_segment(low_res: tf.Tensor) -> Outputs:
        outputs = model(low_res, training=False)
        return {name: outputs[name] for name in ("grade", "lesions")}

    answer = symmetric(grade_and_segment, symmetries)

    def grade_only(
        photograph_bytes: tf.Tensor, gate: tf.Tensor | bool = True
    ) -> Outputs:
        prepared = _prepare_all(photograph_bytes, gate, config)
        outputs = answer(prepared["low_res"])
        probabilities = graph_probabilities(outputs["grade"], calibration)
        return {
            "grade": outputs["grade"],
            "grade_probabilities": probabilities,
            **graph_verdict(probabilities, calibration),
            "lesion_shares": _lesion_shares(
                outputs["lesions"], prepared["low_res"]
            ),
            "quality": prepared["quality"],
        }

    return grade_only


def _prepare_all(
    photographs: tf.Tensor, gate: tf.Tensor | bool, config: Config
) -> Outputs:
    """Low-resolution photographs, fields of view and measures of quality.

    One photograph is decoded at a time, to bound the memory of a request.
    """
    count = tf.shape(photographs)[0]
    numbers = tf.range(count)
    gates = tf.broadcast_to(tf.convert_to_tensor(gate), [count])
    low = config.low_res_size
    return tf.map_fn(
        lambda row: _prepare(row[0], row[1], _prefix(row[2], count), config),
        (photographs, gates, numbers),
        parallel_iterations=1,
        fn_output_signature={
            "low_res": tf.TensorSpec((low, low, 3), tf.float32),
            "field_of_view": tf.TensorSpec((5,), tf.int32),
            "quality": tf.TensorSpec((len(QUALITY_MEASURES),), tf.float32),
        },
    )


def _prefix(number: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
    """Names a photograph that is not the only one."""
    text = tf.strings.join(["photograph ", tf.as_string(number), ": "])
    return tf.where(count > 1, text, "")


def _prepare(
    content: tf.Tensor, gate: tf.Tensor, prefix: tf.Tensor, config: Config
) -> Outputs:
    photograph = decode_photograph(content)
    field_of_view = find_field_of_view(photograph)
    measures = measure_quality(photograph, field_of_view)
    if config.quality.gate:
        refusal = quality_refusal(measures, config.quality)
        photograph = require(
            photograph,
            ~gate | tf.equal(refusal, ""),
            tf.strings.join([prefix, refusal]),
        )
    low_res, view = model_input(
        photograph,
        field_of_view,
        config.low_res_size,
        config.data.high_res_size,
    )
    quality = tf.stack([measures[name] for name in QUALITY_MEASURES])
    return {"low_res": low_res, "field_of_view": view, "quality": quality}


def _lesion_shares(lesions: tf.Tensor, low_res: tf.Tensor) -> tf.Tensor:
    """The share of the retina that each lesion covers: `[B, 4]`."""
    masks = tf.cast(lesions >= LESION_THRESHOLD, tf.float32)
    retina = tf.maximum(_retina_share(low_res), 1e-6)
    return tf.reduce_mean(masks, (1, 2)) / retina[:, None]


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
