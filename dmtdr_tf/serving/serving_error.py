"""The error that ends a request: a gRPC code and one line."""

__all__ = ["HTTP_STATUS", "ServingError"]

HTTP_STATUS = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "NOT_FOUND": 404,
    "UNIMPLEMENTED": 501,
    # The queue is full; TensorFlow Serving answers 429 or 503.
    "RESOURCE_EXHAUSTED": 503,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
    "CANCELLED": 499,
}


class ServingError(Exception):
    """A request that cannot be answered.

    Args:
        code: The name of a gRPC status code.
        message: One line.
        http_status: The status over REST, if it is not the code's own.

    Example:
    >>> ServingError("NOT_FOUND", "no such model").http_status
    404
    """

    def __init__(self, code: str, message: str, http_status: int = 0):
        super().__init__(message)
        self.code = code
        self.http_status = http_status or HTTP_STATUS.get(code, 500)
