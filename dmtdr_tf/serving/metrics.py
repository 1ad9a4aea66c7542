"""Counts and times for Prometheus."""

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from dmtdr_tf.serving.request_log import RequestLine

__all__ = ["Metrics"]

# A time for each counter doubles the text and tells nothing.
prometheus_client.disable_created_metrics()
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """What `/metrics` reports.

    Args:
        model: The model's name.
        version: Its version.
        sha256: Its fingerprint.

    Example:
    >>> metrics = Metrics("dmtdr", 1, "0" * 64)
    >>> metrics.count(RequestLine("rest", "127.0.0.1", "predict"))
    >>> b'dmtdr_requests_total{method="predict"' in metrics.text()
    True
    """

    def __init__(self, model: str, version: int, sha256: str):
        registry = CollectorRegistry()
        self._registry = registry
        self._requests = Counter(
            "dmtdr_requests",
            "Requests by their status.",
            ("method", "status", "transport"),
            registry=registry,
        )
        self._seconds = Histogram(
            "dmtdr_request_seconds",
            "Seconds from a request's arrival to its answer.",
            ("method", "transport"),
            buckets=_SECONDS,
            registry=registry,
        )
        self._photographs = Counter(
            "dmtdr_photographs",
            "Photographs in requests by the status of their answer.",
            ("status",),
            registry=registry,
        )
        self.queued = Gauge(
            "dmtdr_queue_requests",
            "Requests that are computed or wait.",
            registry=registry,
        )
        self.arriving = Gauge(
            "dmtdr_arriving_requests",
            "Requests whose body is still arriving.",
            registry=registry,
        )
        info = Gauge(
            "dmtdr_model_info",
            "The served model; always 1.",
            ("model", "sha256", "version"),
            registry=registry,
        )
        info.labels(model, sha256, version).set(1)
        prometheus_client.ProcessCollector(registry=registry)

    def count(self, line: RequestLine) -> None:
        """Counts a request that has ended.

        Args:
            line: Its line in the log.
        """
        method, transport = line.method, line.transport
        self._requests.labels(method, line.status, transport).inc()
        self._seconds.labels(method, transport).observe(line.seconds)
        if line.photographs:
            photographs = self._photographs.labels(line.status)
            photographs.inc(len(line.photographs))

    def text(self) -> bytes:
        """Returns everything in Prometheus' text format."""
        return prometheus_client.generate_latest(self._registry)
