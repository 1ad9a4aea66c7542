"""A request that gets no answer: a gRPC code and one line."""

HTTP_STATUS = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "NOT_FOUND": 404,
    "UNIMPLEMENTED": 501,
    # The queue is full; TensorFlow Serving says 429 or 503.
    "RESOURCE_EXHAUSTED": 503,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
    "CANCELLED": 499,
}


class ServingError(Exception):
    """What a client is told instead of an answer.

    Args:
        code: The name of a gRPC status code.
        message: One line.
        http_status: That of REST, where it is not the code's own.
    """

    def __init__(self, code: str, message: str, http_status: int = 0):
        super().__init__(message)
        self.code = code
        self.http_status = http_status or HTTP_STATUS.get(code, 500)
