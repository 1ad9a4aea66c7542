import io
import json
import zipfile

import pytest
from flatbuffers import encode, packer
from flatbuffers.number_types import UOffsetTFlags
from flatbuffers.table import Table
from tensorflow.lite.python import schema_py_generated as schema

from dmtdr_tf.exporting.labels import labels
from dmtdr_tf.exporting.litert.metadata import read_metadata
from dmtdr_tf.exporting.litert.writer import export_litert
from dmtdr_tf.labels import GRADES, LESIONS
from dmtdr_tf.parity.runners.litert_runner import LiteRtRunner


class Reader(Table):
    """Reads a table by the numbers of metadata_schema.fbs's fields."""

    def place(self, field):
        offset = self.Offset(4 + 2 * field)
        return offset and offset + self.Pos

    def text(self, field):
        return self.String(self.place(field)).decode()

    def number(self, field):
        return self.Bytes[self.place(field)]

    def table(self, field):
        return Reader(self.Bytes, self.Indirect(self.place(field)))

    def tables(self, field):
        offset = self.Offset(4 + 2 * field)
        if not offset:
            return []
        start = self.Vector(offset)
        return [
            Reader(self.Bytes, self.Indirect(start + 4 * i))
            for i in range(self.VectorLen(offset))
        ]

    def floats(self, field):
        offset = self.Offset(4 + 2 * field)
        start = self.Vector(offset)
        return [
            encode.Get(packer.float32, self.Bytes, start + 4 * i)
            for i in range(self.VectorLen(offset))
        ]


@pytest.fixture(scope="module")
def path(model, config, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "litert"
    export_litert(model, folder, config, ["float32"])
    return folder / "float32.tflite"


@pytest.fixture(scope="module")
def metadata(path):
    file = schema.Model.GetRootAs(path.read_bytes(), 0)
    entries = map(file.Metadata, range(file.MetadataLength()))
    (entry,) = [e for e in entries if e.Name() == b"TFLITE_METADATA"]
    buffer = bytearray(file.Buffers(entry.Buffer()).DataAsNumpy())
    assert buffer[4:8] == b"M001"
    return Reader(buffer, encode.Get(UOffsetTFlags.packer_type, buffer, 0))


def test_tensors_are_named_in_the_file_s_order(path, metadata):
    (graph,) = metadata.tables(3)
    assert [tensor.text(0) for tensor in graph.tables(2)] == ["low_res"]
    file = schema.Model.GetRootAs(path.read_bytes(), 0)
    signature = file.SignatureDefs(0)
    names = {
        signature.Outputs(i).TensorIndex(): signature.Outputs(i).Name().decode()
        for i in range(signature.OutputsLength())
    }
    outputs = file.Subgraphs(0).OutputsAsNumpy()
    assert [tensor.text(0) for tensor in graph.tables(3)] == [
        names[index] for index in outputs
    ]
    assert len(names) == 5


def test_normalisation_is_a_division_by_255(metadata):
    (low_res,) = metadata.tables(3)[0].tables(2)
    (unit,) = low_res.tables(4)
    assert unit.number(0) == 1  # NormalizationOptions
    assert unit.table(1).floats(0) == [0.0]
    assert unit.table(1).floats(1) == [255.0]
    statistics = low_res.table(5)
    assert (statistics.floats(0), statistics.floats(1)) == ([1.0], [0.0])
    content = low_res.table(3)
    assert content.number(0) == 2  # ImageProperties
    assert content.table(1).number(0) == 1  # RGB


def test_labels_are_files_at_the_model_s_end(path, metadata):
    outputs = {t.text(0): t for t in metadata.tables(3)[0].tables(3)}
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        for name, expected in (
            ("grade", GRADES),
            ("grade_probabilities", GRADES),
            ("lesions", LESIONS),
        ):
            (file,) = outputs[name].tables(6)
            assert file.number(2) == 2  # TENSOR_AXIS_LABELS
            text = archive.read(file.text(0)).decode()
            assert tuple(text.splitlines()) == expected
        (about,) = metadata.tables(6)
        assert json.loads(archive.read(about.text(0)))["scale"] == 4


def test_reads_back_what_was_added(path, config):
    inside = read_metadata(path.read_bytes())
    assert inside.items() >= json.loads(json.dumps(labels(config))).items()
    assert inside["quantisation"] == "float32"


def test_a_file_without_labels(path):
    content = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        end = min(info.header_offset for info in archive.infolist())
    with pytest.raises(KeyError, match=r"labels\.json"):
        read_metadata(content[:end])


def test_the_runtime_reads_the_file(path):
    assert LiteRtRunner(path)._shape == (1, 16, 16, 3)
