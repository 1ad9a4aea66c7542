import numpy as np
import pytest
from PIL import Image

from dmtdr_tf.client.upload import upright_content
from dmtdr_tf.preprocessing.graph.decoding import decode_photograph
from dmtdr_tf.preprocessing.reading import (
    UnreadablePhotographError,
    read_photograph,
)

ORIENTATION = 0x0112
PICTURE = np.zeros((48, 64, 3), np.uint8)
PICTURE[:24, :32] = (200, 60, 30)


@pytest.mark.parametrize("orientation", [None, 1, 3, 6, 8])
def test_the_graph_sees_what_python_reads(tmp_path, orientation):
    exif = Image.Exif()
    if orientation:
        exif[ORIENTATION] = orientation
    file = tmp_path / "eye.jpg"
    Image.fromarray(PICTURE).save(file, quality=95, exif=exif)
    content = upright_content(file)
    np.testing.assert_array_equal(
        decode_photograph(content), read_photograph(file)
    )
    is_sent_as_it_is = content == file.read_bytes()
    assert is_sent_as_it_is == (orientation in (None, 1))


def test_a_tiff_is_sent_as_png(tmp_path):
    file = tmp_path / "eye.tif"
    Image.fromarray(PICTURE).save(file)
    np.testing.assert_array_equal(
        decode_photograph(upright_content(file)), PICTURE
    )
    Image.fromarray(PICTURE).save(tmp_path / "eye.png")
    png = (tmp_path / "eye.png").read_bytes()
    assert upright_content(tmp_path / "eye.png") == png


def test_what_cannot_be_read_is_not_sent(tmp_path):
    file = tmp_path / "eye.jpg"
    with pytest.raises(UnreadablePhotographError, match="no such file"):
        upright_content(file)
    for content in (b"", b"hello"):
        file.write_bytes(content)
        with pytest.raises(UnreadablePhotographError, match="eye.jpg: "):
            upright_content(file)
