"""What a server says about one photograph."""

import dataclasses
import pathlib

__all__ = ["Answer"]


@dataclasses.dataclass(frozen=True)
class Answer:
    """The grade of one photograph, or why there is none.

    Args:
        file: The photograph.
        probabilities: Of grades 0 to 4; empty if there is no answer.
        error: Why there is no answer.

    Example:
    >>> answer = Answer(pathlib.Path("eye.jpg"), (0.1, 0.2, 0.6, 0.1, 0.0))
    >>> answer.grade
    2
    """

    file: pathlib.Path
    probabilities: tuple[float, ...] = ()
    error: str = ""

    @property
    def grade(self) -> int:
        """The most probable grade."""
        return self.probabilities.index(max(self.probabilities))
