"""Metadata of a LiteRT file, as TFLite's own libraries read it."""

import dataclasses
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import flatbuffers
import numpy as np
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

from dmtdr_tf.exporting.labels import LABELS_FILE

__all__ = ["GRADES_FILE", "LESIONS_FILE", "add_metadata", "read_metadata"]

# `TFLITE_METADATA` is a flatbuffer of the tensors' names, meaning and
# normalization; the files it names are zipped to the model's end. Its official
# writer, `tflite-support`, asks for a protobuf that TensorFlow cannot run with.
GRADES_FILE, LESIONS_FILE = "grades.txt", "lesions.txt"

_NAME = "TFLITE_METADATA"
_IDENTIFIER = b"M001"
# Every field used here is as old as the format.
_MIN_PARSER = "1.0.0"
# Of AssociatedFileType.
_DESCRIPTIONS, _AXIS_LABELS = 1, 2
# Of ContentProperties, ProcessUnitOptions and ColorSpaceType.
_FEATURE, _IMAGE, _NORMALIZATION, _RGB = 1, 2, 1, 1

_TENSORS = {
    "low_res": "The square around the field of view, RGB, each byte / 255",
    "super_resolution": "The super-resolved photograph, RGB in [0, 1]",
    "lesions": "Probability of each lesion, in [0, 1]",
    "grade": "Logits of the grades",
    "grade_probabilities": "Probabilities of the grades, in [0, 1]",
    "evidence": "What the grade rests on, in [0, 1]",
}
_AXIS_FILES = {
    "lesions": LESIONS_FILE,
    "grade": GRADES_FILE,
    "grade_probabilities": GRADES_FILE,
}


def add_metadata(content: bytes, labels: Mapping[str, Any]) -> bytes:
    """Adds metadata to a LiteRT model.

    Args:
        content: The content of a `.tflite` file with a signature.
        labels: The content of `labels.json`; `grades` and `lesions` name the
            last axes, `dmtdr_tf` is the version.

    Returns:
        The new content: graph and weights unchanged, `TFLITE_METADATA`, and
        `labels.json`, `grades.txt` and `lesions.txt` zipped to its end.
    """
    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(_metadata(model, labels), np.uint8)
    model.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name, entry.buffer = _NAME, len(model.buffers) - 1
    model.metadata = [*(model.metadata or []), entry]
    file = io.BytesIO(flatbuffer_utils.convert_object_to_bytearray(model))
    with zipfile.ZipFile(file, "a") as archive:
        for name, text in {
            LABELS_FILE: json.dumps(labels, indent=2) + "\n",
            GRADES_FILE: "\n".join(labels["grades"]),
            LESIONS_FILE: "\n".join(labels["lesions"]),
        }.items():
            # Without a time, so that equal exports have equal checksums.
            archive.writestr(zipfile.ZipInfo(name), text)
    return file.getvalue()


def read_metadata(content: bytes) -> dict[str, Any]:
    """Reads the labels that `add_metadata` added.

    Args:
        content: The content of a `.tflite` file.

    Returns:
        The content of `labels.json`.

    Raises:
        KeyError: The file has none.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return json.loads(archive.read(LABELS_FILE))
    except zipfile.BadZipFile:
        raise KeyError(LABELS_FILE) from None


# === The flatbuffer, by the order of its schema's fields ===


@dataclasses.dataclass
class _Table:
    """A table: its values by field number."""

    fields: dict[int, Any]


def _metadata(model: Any, labels: Mapping[str, Any]) -> bytes:
    graph, signature = model.subgraphs[0], model.signatureDefs[0]
    inputs = _tensor_names(graph.inputs, signature.inputs)
    outputs = _tensor_names(graph.outputs, signature.outputs)
    tensors = {2: list(map(_tensor, inputs)), 3: list(map(_tensor, outputs))}
    description = (
        "Grades diabetic retinopathy, segments four lesions and "
        "super-resolves a fundus photograph; no medical device"
    )
    about = _Table(
        {
            0: "DeepMT-DR",
            1: description,
            2: f"dmtdr_tf {labels['dmtdr_tf']}",
            3: [_Table(tensors)],
            6: [_file(LABELS_FILE, _DESCRIPTIONS)],
            7: _MIN_PARSER,
        }
    )
    builder = flatbuffers.Builder()
    builder.Finish(_write(builder, about), _IDENTIFIER)
    return bytes(builder.Output())


def _tensor_names(indices: Sequence[int], entries: Sequence[Any]) -> list[str]:
    """The signature's names, in the order of the graph's tensors."""
    names = {entry.tensorIndex: entry.name.decode() for entry in entries}
    return [names[index] for index in indices]


def _tensor(name: str) -> _Table:
    fields: dict[int, Any] = {0: name, 1: _TENSORS[name]}
    if name in ("low_res", "super_resolution"):
        picture = _Table({0: np.int8(_RGB)})
        fields[3] = _Table({0: np.uint8(_IMAGE), 1: picture})
    else:
        fields[3] = _Table({0: np.uint8(_FEATURE), 1: _Table({})})
    if name == "low_res":
        mean_and_deviation = _Table({0: [0.0], 1: [255.0]})
        unit = {0: np.uint8(_NORMALIZATION), 1: mean_and_deviation}
        fields[4] = [_Table(unit)]
    if name != "grade":  # Logits have no bounds.
        fields[5] = _Table({0: [1.0], 1: [0.0]})
    if name in _AXIS_FILES:
        fields[6] = [_file(_AXIS_FILES[name], _AXIS_LABELS)]
    return _Table(fields)


def _file(name: str, kind: int) -> _Table:
    return _Table({0: name, 2: np.int8(kind)})


def _write(builder: flatbuffers.Builder, value: Any) -> int:
    """Writes a string, a table or a vector of one kind; returns its offset."""
    if isinstance(value, str):
        return builder.CreateString(value)
    if isinstance(value, _Table):
        return _write_table(builder, value)
    if isinstance(value[0], float):
        return builder.CreateNumpyVector(np.asarray(value, np.float32))
    return _write_vector(builder, value)


def _write_vector(builder: flatbuffers.Builder, values: Sequence[Any]) -> int:
    offsets = [_write(builder, value) for value in values]
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()


def _write_table(builder: flatbuffers.Builder, table: _Table) -> int:
    # The contents of a table are written before it.
    offsets = {
        field: value
        if isinstance(value, np.integer)
        else _write(builder, value)
        for field, value in table.fields.items()
    }
    builder.StartObject(max(offsets, default=-1) + 1)
    for field, offset in offsets.items():
        if isinstance(offset, np.int8):
            builder.PrependInt8Slot(field, int(offset), 0)
        elif isinstance(offset, np.uint8):
            builder.PrependUint8Slot(field, int(offset), 0)
        else:
            builder.PrependUOffsetTRelativeSlot(field, offset, 0)
    return builder.EndObject()
