"""User errors, and files and folders that are written completely or not."""

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.whole_file import write_bytes, write_text

__all__ = ["UserError", "write_bytes", "write_text"]
