"""The error that a user's mistake raises: one clear line, no stack trace."""


class UserError(Exception):
    """A mistake the user can mend: bad input, a missing file, a wrong option.

    The message is one line that names the file or argument and says what to
    do. Commands print it without a stack trace and exit with a non-zero
    status; library callers catch it as any exception.
    """
