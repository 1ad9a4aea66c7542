"""Exports an ONNX file, which ONNX Runtime runs without TensorFlow."""

import json
import logging
import os
import pathlib
import sys
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from dmtdr_tf.calibration import Calibration
from dmtdr_tf.config import Config
from dmtdr_tf.exporting.labels import run_labels
from dmtdr_tf.exporting.onnx.gradients import GRADIENTS
from dmtdr_tf.exporting.signatures import Outputs, float_signature
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.staged_folder import check_free, staged_folder
from dmtdr_tf.models.deepmt_dr import DeepMTDR

__all__ = ["MODEL_FILE", "OPSET", "export_onnx"]

MODEL_FILE = "deepmt_dr.onnx"
OPSET = 18


def export_onnx(
    model: DeepMTDR,
    directory: str | os.PathLike[str],
    config: Config,
    overwrite: bool = False,
    unreliable: Sequence[str] | None = None,
    calibration: Calibration | None = None,
) -> pathlib.Path:
    """Writes a model as an ONNX file, whole or not at all.

    Its input is `low_res` `[1, h, w, 3]` float32 in [0, 1]; its outputs are
    those of `float_signature`. The metadata entry `labels` is what
    `run_labels` returns, as JSON. Evidence that does not convert is left out,
    with a notice on standard error: SmoothGrad does not, because it draws
    random numbers.

    Args:
        model: A trained model.
        directory: The folder to write.
        config: The configuration in the model's workdir.
        overwrite: Replace an earlier ONNX export.
        unreliable: The lesions that the model cannot find, from
            `unreliable_lesions`; None if nothing was measured.
        calibration: Of the model, from `run_calibration`; None if it is not
            calibrated.

    Returns:
        The file.

    Raises:
        UserError: The packages of the extra `onnx` are not installed, the
            folder exists and `overwrite` is not given, it holds something
            else, or it cannot be written.
    """
    directory = pathlib.Path(directory)
    check_free(directory, MODEL_FILE, "ONNX export", overwrite)
    content = _convert(model, config, unreliable, calibration)
    with staged_folder(directory) as folder:
        (folder / MODEL_FILE).write_bytes(content)
    return directory / MODEL_FILE


def _convert(
    model: DeepMTDR,
    config: Config,
    unreliable: Sequence[str] | None,
    calibration: Calibration | None,
) -> bytes:
    try:
        import onnx
        import tf2onnx
    except ModuleNotFoundError as error:
        raise UserError(
            f"onnx needs the Python module {error.name}; install the extra "
            "with: pip install '.[onnx]'",
            argument="format",
        ) from None
    # It logs every operation it does not know as an error.
    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)
    proto = _to_proto(model, config, calibration, leave_out=())
    try:
        onnx.checker.check_model(proto)
    except onnx.checker.ValidationError as error:
        reason = _unknown_operation(proto) or str(error).splitlines()[0]
        print(
            f"note: exported without evidence: {config.model.evidence} does "
            f"not convert ({reason})",
            file=sys.stderr,
        )
        proto = _to_proto(model, config, calibration, leave_out=("evidence",))
        onnx.checker.check_model(proto)
    text = json.dumps(run_labels(config, unreliable, calibration))
    onnx.helper.set_model_props(proto, {"labels": text})
    proto.producer_name = f"dmtdr_tf (tf2onnx {tf2onnx.__version__})"
    return proto.SerializeToString()


def _to_proto(
    model: DeepMTDR,
    config: Config,
    calibration: Calibration | None,
    leave_out: tuple[str, ...],
) -> Any:
    import tf2onnx

    side = config.low_res_size
    low_res = tf.TensorSpec((1, side, side, 3), tf.float32, "low_res")
    signature = float_signature(model, calibration=calibration)

    @tf.function(input_signature=[low_res])
    def serve(low_res: tf.Tensor) -> Outputs:
        outputs = signature(low_res)
        return {k: v for k, v in outputs.items() if k not in leave_out}

    proto, _ = tf2onnx.convert.from_function(
        serve,
        input_signature=[low_res],
        opset=OPSET,
        custom_op_handlers=dict(GRADIENTS),
    )
    return proto


def _unknown_operation(proto: Any) -> str:
    """Names the first operation of the graph that ONNX does not have."""
    import onnx

    for node in proto.graph.node:
        try:
            onnx.defs.get_schema(node.op_type, OPSET, node.domain)
        except onnx.defs.SchemaError:
            return f"no ONNX for {node.op_type}"
    return ""
