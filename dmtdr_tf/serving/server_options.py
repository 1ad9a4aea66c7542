"""The ports and limits of a server."""

import dataclasses

from dmtdr_tf.config.checks import require_range

__all__ = ["ServerOptions"]


@dataclasses.dataclass(frozen=True)
class ServerOptions:
    """The ports and limits of a server.

    Args:
        host: The address to listen on.
        port: The gRPC port; 0 for any free one.
        rest_port: The REST port; 0 for any free one.
        workers: Requests that are computed at once.
        queue: Further requests that may wait; more are refused.
        max_batch: The largest number of photographs in one request.
        max_request_megabytes: The largest request.
        timeout: Seconds for an answer; a client may set a shorter deadline.
        read_timeout: Seconds for the body of a REST request to arrive.
        grace: Seconds for running requests to end after a signal.

    Raises:
        UserError: A value is out of its range.
    """

    host: str = "127.0.0.1"
    port: int = 8500
    rest_port: int = 8501
    workers: int = 1
    queue: int = 32
    max_batch: int = 16
    max_request_megabytes: int = 32
    timeout: float = 60.0
    read_timeout: float = 10.0
    grace: float = 30.0

    def __post_init__(self) -> None:
        counts = ("workers", "max_batch", "max_request_megabytes")
        require_range(self, "", ("port", "rest_port"), 0, 65535)
        require_range(self, "", counts, 1)
        require_range(self, "", ("queue", "grace"), 0)
        require_range(self, "", ("timeout", "read_timeout"), 0.001)

    @property
    def max_bytes(self) -> int:
        """The largest request, in bytes."""
        return self.max_request_megabytes * 1_000_000
