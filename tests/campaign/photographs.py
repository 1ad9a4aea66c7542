"""Files that are photographs, were photographs or never were."""

import dataclasses
import io
import pathlib
import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
from campaign.bombs import BOMBS
from campaign.encoders import ENCODERS
from campaign.eyes import eyes
from campaign.memory import growth
from campaign.mutations import MUTATIONS
from campaign.odd_files import ODD_FILES
from campaign.outcome import Outcome, of_error
from campaign.scenes import SCENES
from campaign.strict import damage
from PIL import Image

__all__ = ["make_judge"]

# Shares of the inputs: intact, scenes, odd files and bombs; the rest is
# damaged.
_INTACT, _SCENES, _ODD, _BOMBS = 0.2, 0.1, 0.02, 0.01
# Megabytes that one input may cost: what is refused, and what is decoded.
_REFUSED_COSTS, _DECODED_COSTS = 400.0, 1500.0


class _Photographs:
    def __init__(self, seed: int, folder: pathlib.Path, shared: pathlib.Path):
        import tensorflow as tf

        from dmtdr_tf.preprocessing import graph

        self.seed, self.folder = seed, folder
        self._decode = tf.function(
            graph.decode_photograph,
            input_signature=[tf.TensorSpec((), tf.string)],
        )
        # The first call traces the graph, which is no photograph's memory.
        for name in ("jpeg baseline", "png"):
            self._same_in_graph(name, ENCODERS[name].write(eyes()[0]), None, "")

    def __call__(self, index: int) -> Outcome:
        outcome, megabytes = growth(lambda: self._judge(index))
        refused = outcome.verdict == "refused"
        most = _REFUSED_COSTS if refused else _DECODED_COSTS
        if megabytes > most and outcome.verdict in ("refused", "accepted"):
            text = f"{megabytes:.0f} MB of memory"
            outcome = Outcome(outcome.kind, "wrong", text)
        return dataclasses.replace(outcome, growth=megabytes)

    def _judge(self, index: int) -> Outcome:
        rng = np.random.default_rng([self.seed, index])
        photographs = eyes()
        eye = photographs[int(rng.integers(len(photographs)))]
        share = rng.random()
        if share < _ODD:
            return self._odd(rng)
        if share < _ODD + _SCENES:
            return self._scene(rng, eye)
        if share > 1 - _BOMBS:
            return self._bomb(rng, eye)
        name = list(ENCODERS)[int(rng.integers(len(ENCODERS)))]
        if share < _ODD + _SCENES + _INTACT:
            return self._intact(name, eye)
        return self._damaged(rng, name, eye)

    def _odd(self, rng: np.random.Generator) -> Outcome:
        from dmtdr_tf.preprocessing import prepare

        name = list(ODD_FILES)[int(rng.integers(len(ODD_FILES)))]
        folder = self.folder / "odd"
        folder.mkdir()
        try:
            prepare(ODD_FILES[name](folder))
        except Exception as error:
            return of_error(f"odd: {name}", error)
        finally:
            shutil.rmtree(folder)
        return Outcome(f"odd: {name}", "wrong", "accepted")

    def _scene(self, rng: np.random.Generator, eye: np.ndarray) -> Outcome:
        from dmtdr_tf.config.quality import QualityConfig
        from dmtdr_tf.preprocessing import prepare

        name = list(SCENES)[int(rng.integers(len(SCENES)))]
        path = self.folder / "scene.png"
        path.write_bytes(ENCODERS["png"].write(SCENES[name](rng, eye)))
        try:
            prepared = prepare(path, QualityConfig())
        except Exception as error:
            return of_error(f"scene: {name}", error)
        # A photograph that is cut out of its banner or frame is right too.
        side = prepared.field_of_view.side
        if name in ("banner", "framed") and side <= 1.02 * max(eye.shape):
            return Outcome(f"scene: {name}", "accepted")
        return Outcome(f"scene: {name}", "wrong", "graded as a fundus")

    def _bomb(self, rng: np.random.Generator, eye: np.ndarray) -> Outcome:
        name = list(BOMBS)[int(rng.integers(len(BOMBS)))]
        write, may_be_read = BOMBS[name]
        kind, suffix = f"bomb: {name}", f".{name[:4].strip().lower()}"
        data = write(eye)
        pixels, refusal = self._read(kind, data, suffix)
        if refusal and refusal.verdict != "refused":
            return refusal
        if pixels is not None and not may_be_read:
            return Outcome(kind, "wrong", "accepted")
        return self._same_in_graph(kind, data, pixels, "")

    def _intact(self, name: str, eye: np.ndarray) -> Outcome:
        encoder, kind = ENCODERS[name], f"intact: {name}"
        data = encoder.write(eye)
        pixels, refusal = self._read(kind, data, encoder.suffix)
        if refusal and refusal.verdict != "refused":
            return refusal
        if pixels is None:
            right = encoder.must == "either"
            detail = refusal.detail if refusal else ""
            return Outcome(kind, "refused" if right else "wrong", detail)
        if pixels.shape != eye.shape:
            return Outcome(kind, "wrong", f"shape {pixels.shape}")
        if name in ("png palette", "gif"):
            # A palette changes colors: those that it says must be read.
            eye = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        off = np.abs(pixels.astype(int) - eye).mean()
        if encoder.off is not None and off > encoder.off:
            return Outcome(kind, "wrong", f"differs by {off:.2f} on average")
        return self._same_in_graph(kind, data, pixels, "")

    def _damaged(
        self, rng: np.random.Generator, name: str, eye: np.ndarray
    ) -> Outcome:
        mutation = list(MUTATIONS)[int(rng.integers(len(MUTATIONS)))]
        kind = f"{name.split(' orientation')[0]}, {mutation}"
        data = MUTATIONS[mutation](rng, ENCODERS[name].write(eye))
        pixels, refusal = self._read(kind, data, ENCODERS[name].suffix)
        if refusal and refusal.verdict != "refused":
            return refusal
        found = damage(data)
        if found and pixels is not None:
            return Outcome(kind, "wrong", f"damaged accepted: {found[:120]}")
        return self._same_in_graph(kind, data, pixels, found)

    def _read(
        self, kind: str, data: bytes, suffix: str
    ) -> tuple[np.ndarray | None, Outcome | None]:
        from dmtdr_tf.preprocessing import read_photograph

        path = self.folder / f"photograph{suffix}"
        path.write_bytes(data)
        try:
            return read_photograph(path), None
        except Exception as error:
            return None, of_error(kind, error)

    def _same_in_graph(
        self, kind: str, data: bytes, pixels: np.ndarray | None, found: str
    ) -> Outcome:
        """The graph reads JPEG and PNG as Python does, or refuses."""
        import tensorflow as tf

        graph = None
        try:
            graph = self._decode(data).numpy()
        except tf.errors.InvalidArgumentError:
            pass
        except Exception as error:
            text = f"graph: {type(error).__name__}: {str(error)[:200]}"
            return Outcome(kind, "crashed", text)
        if graph is not None and pixels is None:
            # docs/quality.md: the graph misses the last bits of a scan.
            known = data.startswith(b"\xff\xd8") and ", " in kind
            text = f"accepted in graph alone: {found[:120]}"
            return Outcome(kind, "known" if known else "wrong", text)
        if pixels is None:
            return Outcome(kind, "refused")
        if graph is None:
            must = kind.startswith("intact: ") and _must_in_graph(kind)
            text = "refused in graph alone"
            return Outcome(kind, "wrong" if must else "accepted", text)
        if not np.array_equal(graph, pixels):
            return Outcome(kind, "wrong", "other pixels in graph")
        return Outcome(kind, "accepted")


def _must_in_graph(kind: str) -> bool:
    name = kind.removeprefix("intact: ")
    served = name.startswith(("jpeg", "png"))
    return served and ENCODERS[name].must == "accept"


def make_judge(**arguments: Any) -> Callable[[int], Outcome]:
    """Returns the judge of this part's inputs, for a worker."""
    return _Photographs(**arguments)
