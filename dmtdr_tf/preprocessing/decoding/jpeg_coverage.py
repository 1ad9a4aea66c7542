"""Which coefficients of a JPEG picture its scans have brought."""

__all__ = ["Coverage"]

_COEFFICIENTS = 64
_MISSING = 255


class Coverage:
    """Checks that the scans together bring the whole picture.

    A progressive file that was cut between two scans and closed with an end
    marker decodes without a warning, with fewer details or with one color
    missing.
    """

    def __init__(self) -> None:
        self._bits: dict[int, list[int]] = {}

    def start(self, components: bytes) -> None:
        """Begins a picture.

        Args:
            components: The identifiers in its frame's header.
        """
        self._bits = {one: [_MISSING] * _COEFFICIENTS for one in components}

    def add(self, components: bytes, first: int, last: int, low: int) -> None:
        """Adds a scan.

        Args:
            components: The identifiers in the scan's header.
            first: The first coefficient, 0 to 63.
            last: The last coefficient, 0 to 63.
            low: How many low bits are still to come.

        Raises:
            ValueError: The header is damaged.
        """
        for one in components:
            if one not in self._bits or not first <= last < _COEFFICIENTS:
                raise ValueError("the JPEG file is damaged; copy it again")
            for at in range(first, last + 1):
                self._bits[one][at] = low

    def check(self) -> None:
        """Refuses a picture of which something is still to come.

        Raises:
            ValueError: It is incomplete.
        """
        if not self._bits:
            raise ValueError("the JPEG file is damaged: it has no picture")
        if any(any(bits) for bits in self._bits.values()):
            raise ValueError("the JPEG file is cut short; copy it again")
