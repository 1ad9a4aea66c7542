"""A small model's page, photographs, and headless Chromium to show it in."""

import base64
import threading

import cv2
import keras
import numpy as np
import pytest
import skimage.data
import tensorflow as tf
from fixtures.photograph_files import exif, shifted
from PIL import Image

from dmtdr_tf.exporting.web.server import make_server
from dmtdr_tf.exporting.web.writer import export_web

# Of a tiny model; the rest is Chromium's start on a busy machine.
PATIENCE = 60_000


@pytest.fixture(scope="module")
def tflite(model, config, tmp_path_factory):
    """The model as LiteRT, with a lesion's map standing for its evidence."""
    size = config.low_res_size
    low_res = tf.TensorSpec((1, size, size, 3), tf.float32, "low_res")

    def serve(low_res):
        outputs = model(low_res, training=False)
        lesions = outputs["lesions"]
        return {
            **outputs,
            "grade_probabilities": tf.nn.softmax(outputs["grade"]),
            "evidence": lesions[..., :1] / tf.reduce_max(lesions[..., :1]),
        }

    folder = str(tmp_path_factory.mktemp("saved_model"))
    archive = keras.export.ExportArchive()
    archive.track(model)
    serve = tf.function(serve, input_signature=[low_res])
    archive.add_endpoint("serving_default", serve, [low_res])
    archive.write_out(folder, verbose=False)
    return tf.lite.TFLiteConverter.from_saved_model(folder).convert()


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photographs")
    retina = cv2.resize(skimage.data.retina()[..., 2::-1], (400, 400))
    blurred = cv2.GaussianBlur(retina, (0, 0), 9)
    pictures = {
        "eye.png": retina,
        "blurred.png": blurred,
        "black.png": retina * 0,
        "coffee.png": skimage.data.coffee()[..., ::-1],
    }
    for name, pixels in pictures.items():
        cv2.imwrite(str(folder / name), pixels)
    # Cut off at the top, so that the square reaches outside of it.
    cv2.imwrite(str(folder / "cut.png"), retina[70:])
    content = cv2.imencode(".jpg", retina)[1].tobytes()
    (folder / "eye.jpg").write_bytes(content)
    (folder / "short.jpg").write_bytes(content[:-500])
    for name, options in (("eye", {}), ("turned", {"exif": exif(6)})):
        upright = Image.fromarray(np.ascontiguousarray(retina[..., ::-1]))
        stored = upright.rotate(90) if options else upright
        stored.save(folder / f"{name}.webp", lossless=True, **options)
        stored.save(folder / f"{name}.bmp")
        if options:
            stored.save(folder / f"{name}.jpg", quality=95, **options)
    for kind in ("webp", "bmp"):
        whole = (folder / f"eye.{kind}").read_bytes()
        (folder / f"short.{kind}").write_bytes(whole[:-500])
    broken = Image.fromarray(
        shifted(np.asarray(upright), 18, 20, height=2, shift=24)
    )
    broken.save(folder / "seam.jpg", quality=95, subsampling=0)
    broken.save(
        folder / "turned_seam.jpg", quality=95, subsampling=0, exif=exif(7)
    )
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "words.png").write_text("no photograph")
    # A PNG's header that promises 40,000 x 40,000 pixels.
    bomb = bytearray((folder / "black.png").read_bytes())
    bomb[16:24] = (40_000).to_bytes(4, "big") * 2
    (folder / "bomb.png").write_bytes(bomb)
    bomb = bytearray((folder / "eye.bmp").read_bytes())
    bomb[18:26] = (40_000).to_bytes(4, "little") * 2
    (folder / "bomb.bmp").write_bytes(bomb)
    return folder


@pytest.fixture(scope="module")
def folder(tflite, config, tmp_path_factory):
    target = tmp_path_factory.mktemp("web") / "page"
    return export_web(tflite, "float32", target, config)


class _Tab:
    """A fresh profile's page, and what it asked the network for."""

    def __init__(self, chromium, folder):
        self.server = make_server(folder, 0)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/"
        self.context = chromium.new_context()
        self.requests = []
        self.context.on("request", lambda one: self.requests.append(one))
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        # From the start: a chooser that opens sooner would be missed.
        self.page.on("filechooser", lambda chooser: None)
        self.open()

    def open(self):
        self.page.goto(self.address)
        self.page.locator(
            "#status:text-is('Ready'), #error:visible"
        ).first.wait_for()

    def grade(self, photograph):
        self.page.set_input_files("#file", photograph)
        # The title takes the focus when the result is there.
        self.page.locator(
            f"#error:visible, #result-title:focus:text-is('{photograph.name}')"
        ).first.wait_for()

    def error(self, photograph):
        self.page.set_input_files("#file", photograph)
        line = self.page.locator(f"#error:has-text('{photograph.name}')")
        line.wait_for()
        return line.inner_text()

    def texts(self, selector):
        return self.page.locator(selector).all_inner_texts()

    def pixels(self, selector):
        """A canvas' content, RGBA."""
        address = self.page.locator(selector).evaluate(
            "(canvas) => canvas.toDataURL('image/png')"
        )
        content = base64.b64decode(address.partition(",")[2])
        array = np.frombuffer(content, np.uint8)
        decoded = cv2.imdecode(array, cv2.IMREAD_UNCHANGED)
        return cv2.cvtColor(decoded, cv2.COLOR_BGRA2RGBA)

    def stop_server(self):
        self.server.shutdown()
        self.server.server_close()

    def close(self):
        self.context.close()
        self.stop_server()


@pytest.fixture
def open_tab(chromium):
    """Opens a folder's page in a profile of its own."""
    tabs = []

    def open_tab(folder):
        tabs.append(_Tab(chromium, folder))
        return tabs[-1]

    yield open_tab
    for tab in tabs:
        tab.close()


@pytest.fixture(scope="module")
def shared_tab(chromium, folder):
    tab = _Tab(chromium, folder)
    yield tab
    tab.close()


@pytest.fixture
def tab(shared_tab):
    shared_tab.open()
    return shared_tab
