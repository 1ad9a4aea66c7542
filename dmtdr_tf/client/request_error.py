"""A request that a server did not answer."""

from dmtdr_tf.files.errors import UserError


class RequestError(UserError):
    """What the server said, or why it could not be asked: one line."""
