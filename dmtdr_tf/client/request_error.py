"""The error of a request that a server did not answer."""

from dmtdr_tf.files.errors import UserError

__all__ = ["RequestError"]


class RequestError(UserError):
    """Why there is no answer, in one line.

    It is what the server said, or why the server could not be reached.
    """
