"""The model with everything that both servers share."""

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from dmtdr_tf.exporting.signatures import PHOTOGRAPHS
from dmtdr_tf.serving.admission import Admission
from dmtdr_tf.serving.metrics import Metrics
from dmtdr_tf.serving.photograph_cost import megapixels
from dmtdr_tf.serving.request_log import RequestLine, logged
from dmtdr_tf.serving.served_model import ServedModel
from dmtdr_tf.serving.server_options import ServerOptions
from dmtdr_tf.serving.uploads import Uploads

__all__ = ["Engine"]

# Requests that may arrive at once.
_ARRIVING = 32
# Bodies that may wait to be parsed.
_PARSING = 64


class Engine:
    """The model, its queue, the places for arriving requests, and the counts.

    Args:
        model: The model.
        options: The limits.
    """

    def __init__(self, model: ServedModel, options: ServerOptions):
        self.model = model
        self.timeout = options.timeout
        self.admission = Admission(options.workers, options.queue)
        # One at a time: parsed JSON takes up to ten times its size.
        self.parsing = Admission(1, _PARSING)
        self.uploads = Uploads(_ARRIVING, options.read_timeout)
        self.metrics = Metrics(model.name, model.version, model.sha256)

    @contextlib.contextmanager
    def logged(
        self, transport: str, peer: str, method: str
    ) -> Iterator[RequestLine]:
        """Logs and counts a request; see `request_log.logged`."""
        line = None
        try:
            with logged(transport, peer, method) as line:
                line.model = (
                    f" model={self.model.sha256} version={self.model.version}"
                )
                yield line
        finally:
            if line:
                self.metrics.count(line)

    def metrics_text(self) -> bytes:
        """Returns the counts and times in Prometheus' format."""
        self.metrics.queued.set(self.admission.pending)
        self.metrics.arriving.set(self.uploads.count)
        return self.metrics.text()

    def deadline(self, timeout: float | None = None) -> float:
        """Returns when a request that starts now must end.

        Args:
            timeout: Seconds that the client waits; None for the server's
                limit, which always holds.

        Returns:
            Seconds of `time.monotonic`.
        """
        limit = self.timeout if timeout is None else min(timeout, self.timeout)
        return time.monotonic() + limit

    @staticmethod
    def cost(contents: Sequence[bytes]) -> float:
        """Returns what `Admission.run` takes for the cost of photographs."""
        return megapixels(contents)

    @staticmethod
    def contents(inputs: Mapping[str, Any]) -> Sequence[bytes]:
        """Returns the photographs among a request's inputs."""
        found = inputs.get(PHOTOGRAPHS, ())
        return list(found) if isinstance(found, np.ndarray) else found
