"""A small exported model, and a server of it that runs in this process."""

import asyncio
import dataclasses
import threading

import cv2
import keras
import numpy as np
import pytest

from dmtdr_tf import presets
from dmtdr_tf.config import DataConfig
from dmtdr_tf.exporting.saved_model import export_saved_model
from dmtdr_tf.exporting.warm_up import draw_disc
from dmtdr_tf.models.deepmt_dr import DeepMTDR


@pytest.fixture(scope="session")
def exported(tiny, tmp_path_factory):
    """The folder of a SavedModel with random weights, 16 to 64 pixels."""
    keras.utils.set_random_seed(0)
    config = dataclasses.replace(
        presets.preset("demo"), model=tiny, data=DataConfig(high_res_size=64)
    )
    model = DeepMTDR(config.model)
    rng = np.random.default_rng(0)
    for variable in model.trainable_variables:
        noise = rng.normal(0.0, 0.05, variable.shape)
        variable.assign_add(noise.astype("float32"))
    folder = tmp_path_factory.mktemp("serving") / "saved_model"
    return export_saved_model(model, folder, config)


@pytest.fixture(scope="session")
def served(exported):
    from dmtdr_tf.serving.served_model import ServedModel

    return ServedModel(exported, "eye", max_batch=4)


@pytest.fixture(scope="session")
def photograph():
    """The content of a PNG file that shows a disc."""
    return cv2.imencode(".png", draw_disc(160)[..., ::-1])[1].tobytes()


class RunningServer:
    """`serve` in a thread, with its ports."""

    def __init__(self, model, options):
        from dmtdr_tf.serving.server import serve

        self._ready = threading.Event()
        self._error = None

        async def main():
            self._loop = asyncio.get_running_loop()
            self._stop = asyncio.Event()
            await serve(model, options, self._stop, self._started)

        def run():
            try:
                asyncio.run(main())
            except BaseException as error:
                self._error = error
            self._ready.set()

        self.thread = threading.Thread(target=run)
        self.thread.start()
        self._ready.wait(60)
        if self._error:
            raise self._error

    def _started(self, port, rest_port):
        self.port, self.rest_port = port, rest_port
        self._ready.set()

    def tell_to_stop(self):
        self._loop.call_soon_threadsafe(self._stop.set)

    def stop(self):
        if self.thread.is_alive():
            self.tell_to_stop()
        self.thread.join(60)
        assert not self.thread.is_alive()
        assert self._error is None


def _start(running):
    from dmtdr_tf.serving.server_options import ServerOptions

    def start_one(model, **options):
        given = {"port": 0, "rest_port": 0, "read_timeout": 1.0} | options
        running.append(RunningServer(model, ServerOptions(**given)))
        return running[-1]

    return start_one


@pytest.fixture
def start():
    """Starts servers, and stops them when the test is over."""
    running = []
    yield _start(running)
    for server in running:
        server.stop()


@pytest.fixture(scope="module")
def server(served):
    """A server of the exported model."""
    running = []
    yield _start(running)(served)
    running[0].stop()
