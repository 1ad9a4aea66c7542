"""The error for mistakes a user can fix: one line, no stack trace."""

__all__ = ["UserError"]


class UserError(ValueError):
    """A mistake the user can fix: bad input, a missing file, a wrong value.

    The message is one line that names the file or argument and says what to
    do. Commands print it without a stack trace, with the argument written as
    the option it came from, and exit with a non-zero status.

    Args:
        message: What is wrong and what to do about it.
        argument: The argument at fault, such as `"stage"` or
            `"model.scale"`; it is put before the message. Empty where the
            message itself names a file.

    Example:
    >>> str(UserError("must be 1 or 2, not 3", argument="stage"))
    'stage: must be 1 or 2, not 3'
    """

    def __init__(self, message: str, argument: str = ""):
        super().__init__(f"{argument}: {message}" if argument else message)
        self.message = message
        self.argument = argument
