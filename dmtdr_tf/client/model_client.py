"""What the clients of both protocols share."""

import abc
import functools
from collections.abc import Mapping

import numpy as np

from dmtdr_tf.client.request_error import RequestError

__all__ = ["ModelClient"]

Shapes = Mapping[str, Mapping[str, list[int]]]


class ModelClient(abc.ABC):
    """A connection to one model of TensorFlow Serving or of `dmtdr serve`.

    It is a context manager that closes the connection at the end.
    """

    @abc.abstractmethod
    def predict(
        self, signature: str, inputs: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Runs a signature.

        Args:
            signature: Its name.
            inputs: Arrays by name; files as arrays of `bytes` objects.

        Returns:
            Arrays by name.

        Raises:
            RequestError: There is no answer.
        """

    def shape(self, signature: str, tensor: str) -> list[int]:
        """Returns the shape of a signature's input or output.

        Args:
            signature: The signature's name.
            tensor: The name of the input or output.

        Returns:
            The size of each dimension; -1 for any.

        Raises:
            RequestError: There is no answer, or no such tensor.
        """
        try:
            return self._shapes[signature][tensor]
        except KeyError:
            raise RequestError(
                f"the model's {signature} has no {tensor}"
            ) from None

    @abc.abstractmethod
    def close(self) -> None:
        """Closes the connection."""

    def __enter__(self) -> "ModelClient":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @functools.cached_property
    def _shapes(self) -> Shapes:
        return self._read_shapes()

    @abc.abstractmethod
    def _read_shapes(self) -> Shapes:
        """Asks for the shapes of all inputs and outputs, by signature."""
