"""LiteRT export: `.tflite` files for devices and browsers."""

import json
import os
import pathlib
import tempfile
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dmtdr_tf.config import Config
from dmtdr_tf.errors import UserError
from dmtdr_tf.exporting.device_grader import DeviceGrader
from dmtdr_tf.exporting.labels import labels
from dmtdr_tf.exporting.signatures import float_signature
from dmtdr_tf.exporting.staged_folder import check_free, staged_folder
from dmtdr_tf.models.deepmt_dr import DeepMTDR

LABELS_FILE = "labels.json"
METADATA = "dmtdr_labels"
# Their gradients have operators of LiteRT's own in `DeviceGrader`.
_EVIDENCE = ("gmsv", "grad_cam")


def export_litert(
    model: DeepMTDR,
    directory: str | os.PathLike[str],
    config: Config,
    quantisations: Sequence[str],
    photographs: Sequence[np.ndarray] = (),
    overwrite: bool = False,
) -> list[pathlib.Path]:
    """Writes a model as `.tflite` files, whole or not at all.

    Input and outputs are those of `float_signature` for one photograph, in
    float32 whatever the weights are; only LiteRT's own operators are used.
    `labels.json` beside the files, and their metadata `dmtdr_labels`, name
    grades, lesions and sizes.

    Args:
        model: A trained model.
        directory: The folder to make.
        config: That of the model's workdir.
        quantisations: Of `float32`; `float16`: weights of 16 bits; `dynamic`:
            weights of 8 bits, activations quantised as they come; `int8`:
            `dynamic`, and the super-resolver in 8 bits altogether.
        photographs: Representative ones for `int8`, `[1, h, w, 3]` in [0, 1].
        overwrite: Replace a LiteRT export that is there.

    Returns:
        The files, named after their quantisation.

    Raises:
        UserError: The packages of the extra `litert` are not installed, the
            model's evidence map does not convert, there are no photographs
            for `int8`, the folder exists and `overwrite` is not given, it
            holds something else, or it cannot be written.

    Example:
    >>> export_litert(model, "litert", config, ("float32", "float16"))
    """
    directory = pathlib.Path(directory)
    check_free(directory, LABELS_FILE, "LiteRT export", overwrite)
    converted = convert(model, config, quantisations, photographs)
    with staged_folder(directory) as folder:
        for name, content in converted.items():
            (folder / f"{name}.tflite").write_bytes(content)
        named = json.dumps(labels(config), indent=2) + "\n"
        (folder / LABELS_FILE).write_text(named)
    return [directory / f"{name}.tflite" for name in converted]


def convert(
    model: DeepMTDR,
    config: Config,
    quantisations: Sequence[str],
    photographs: Sequence[np.ndarray] = (),
) -> dict[str, bytes]:
    """Converts a model.

    Args:
        model: A trained model.
        config: That of its workdir.
        quantisations: As in `export_litert`.
        photographs: As in `export_litert`.

    Returns:
        Quantisation to the content of its file.

    Raises:
        UserError: As `export_litert`, but for the folder.
    """
    utils = _flatbuffer_utils()
    if config.model.evidence not in _EVIDENCE:
        raise UserError(
            f"--format: {config.model.evidence} has no form for devices; a "
            f"model with {' or '.join(_EVIDENCE)} has"
        )
    if "int8" in quantisations and not photographs:
        raise UserError("--quantisation: int8 needs representative photographs")
    made = {}
    with tempfile.TemporaryDirectory() as folder:
        _write_saved_model(model, folder, config.low_res_size)
        for name in quantisations:
            content = _CONVERTERS[name](folder, photographs)
            made[name] = _with_metadata(utils, content, labels(config))
    return made


def _flatbuffer_utils() -> Any:
    try:
        import ai_edge_quantizer  # noqa: F401
        from ai_edge_litert.tools import flatbuffer_utils
    except ModuleNotFoundError as error:
        raise UserError(
            f"--format: litert and web need the Python module {error.name}; "
            "install the extra: pip install 'dmtdr-tf[litert]'"
        ) from None
    return flatbuffer_utils


def _write_saved_model(model: DeepMTDR, folder: str, size: int) -> None:
    archive = keras.export.ExportArchive()
    archive.track(model)
    # Dynamic shapes do not convert.
    low_res = tf.TensorSpec((1, size, size, 3), tf.float32, "low_res")
    serve = float_signature(model, DeviceGrader.of(model.grader))
    archive.add_endpoint("serving_default", tf.function(serve), [low_res])
    archive.write_out(folder, verbose=False)


def _plain(folder: str, photographs: Sequence[np.ndarray]) -> bytes:
    return tf.lite.TFLiteConverter.from_saved_model(folder).convert()


def _float16(folder: str, photographs: Sequence[np.ndarray]) -> bytes:
    converter = tf.lite.TFLiteConverter.from_saved_model(folder)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    return converter.convert()


def _dynamic(folder: str, photographs: Sequence[np.ndarray]) -> bytes:
    converter = tf.lite.TFLiteConverter.from_saved_model(folder)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return converter.convert()


def _int8(folder: str, photographs: Sequence[np.ndarray]) -> bytes:
    """The super-resolver in 8 bits, the other convolutions' weights.

    The converter's own full-integer model is no use: lesions and evidence
    span too many orders of magnitude for 8 bits a tensor.
    """
    from ai_edge_quantizer import qtyping, quantizer

    made = quantizer.Quantizer(_plain(folder, ()))
    names = qtyping.TFLOperationName
    made.add_static_config(
        ".*super_resolver.*",
        names.ALL_SUPPORTED,
        activation_num_bits=8,
        weight_num_bits=8,
    )
    for part in ("segmenter", "backbone", "head"):
        for operation in (names.CONV_2D, names.FULLY_CONNECTED):
            # The evidence's way back stays as it is.
            where = f"^(?!.*gradient_tape).*{part}.*"
            made.add_dynamic_config(where, operation, num_bits=8)
    for end in (names.INPUT, names.OUTPUT):
        made.update_quantization_recipe(".*", end, algorithm_key="no_quantize")
    inputs = [{"low_res": photograph} for photograph in photographs]
    ranges = made.calibrate({"serving_default": inputs})
    return bytes(made.quantize(ranges).quantized_model)


_CONVERTERS: dict[str, Callable[[str, Sequence[np.ndarray]], bytes]] = {
    "float32": _plain,
    "float16": _float16,
    "dynamic": _dynamic,
    "int8": _int8,
}


def _with_metadata(utils: Any, content: bytes, metadata: Any) -> bytes:
    """Adds the labels as a metadata buffer."""
    found = utils.read_model_from_bytearray(bytearray(content))
    buffer = utils.BufferT()
    buffer.data = list(json.dumps(metadata).encode())
    entry = utils.schema_fb.MetadataT()
    entry.name = METADATA
    entry.buffer = len(found.buffers)
    found.buffers.append(buffer)
    found.metadata = [*(found.metadata or []), entry]
    return bytes(utils.convert_object_to_bytearray(found))
