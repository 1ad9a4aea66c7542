"""What the clients of both protocols share."""

import abc
import functools
from collections.abc import Mapping
from typing import Any

import numpy as np

from dmtdr_tf.client.request_error import RequestError

__all__ = ["LABELS_SIGNATURE", "ModelClient", "Shapes"]

# Of `dmtdr_tf.exporting.signatures`, which imports the models.
LABELS_SIGNATURE = "serving_labels"

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

    @functools.cached_property
    def labels(self) -> Mapping[str, Any]:
        """Names and thresholds of the model: its `labels.json`.

        Empty if the model does not tell them, as models exported by an earlier
        version do not.

        Raises:
            RequestError: There is no answer.
        """
        try:
            return self._read_labels()
        except RequestError as error:
            if "signature" in str(error).lower():
                return {}
            raise

    def has_signature(self, name: str) -> bool:
        """Tells whether the model has a signature.

        Args:
            name: The signature's name.

        Raises:
            RequestError: There is no answer.
        """
        return name in self._shapes

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

    def _read_labels(self) -> Mapping[str, Any]:
        """Asks for the labels."""
        return {}

    @abc.abstractmethod
    def _read_shapes(self) -> Shapes:
        """Asks for the shapes of all inputs and outputs, by signature."""
