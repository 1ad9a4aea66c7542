"""A SavedModel that checks and answers requests."""

import os
import pathlib
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from google.protobuf import message
from tensorflow.core.framework import tensor_pb2
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2
from tensorflow_serving.apis import prediction_log_pb2

from dmtdr_tf.exporting.saved_model.writer import WARM_UP_FILE
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.serving.serving_error import ServingError

__all__ = ["DEFAULT_SIGNATURE", "Arrays", "ServedModel"]

Arrays = dict[str, np.ndarray]

DEFAULT_SIGNATURE = "serving_default"
_ASSERTION = re.compile(r"assertion failed: \[(.*?)\]", re.DOTALL)


class ServedModel:
    """Loads a SavedModel and runs its signatures.

    Args:
        folder: A SavedModel that `dmtdr export` wrote.
        name: The model's name in requests.
        max_batch: The largest number of photographs in one request.

    Raises:
        UserError: The folder holds no SavedModel that can be loaded.

    Example:
    ```python
    model = ServedModel("runs/demo/export/saved_model", "dmtdr")
    inputs = {"photograph_bytes": np.array([content], object)}
    model.predict("grade_only", inputs)["grade_probabilities"].shape  # (1, 5)
    ```
    """

    version = 1

    def __init__(
        self,
        folder: str | os.PathLike[str],
        name: str = "dmtdr",
        max_batch: int = 16,
    ):
        self.folder = pathlib.Path(folder)
        self.name = name
        self.max_batch = max_batch
        self.signature_defs = _signature_defs(self.folder)
        try:
            # Kept, because the signatures' variables live as long as it does.
            self._loaded = tf.saved_model.load(str(self.folder))
        except (OSError, ValueError, tf.errors.OpError) as error:
            reason = (str(error).splitlines() or ["damaged"])[0]
            raise UserError(
                f"{folder} cannot be loaded: {reason}", argument="model"
            ) from None

    def warm_up(self) -> int:
        """Runs the warm-up requests, as TensorFlow Serving does.

        Returns:
            The number of requests.

        Raises:
            UserError: The file is damaged, or a request fails.
        """
        file = self.folder / WARM_UP_FILE
        if not file.exists():
            return 0
        count = 0
        try:
            records = tf.data.TFRecordDataset(str(file))
            for record in records.as_numpy_iterator():
                log = prediction_log_pb2.PredictionLog.FromString(record)
                request = log.predict_log.request
                signature = request.model_spec.signature_name
                self.predict(signature, self.read(signature, request.inputs))
                count += 1
        except (ServingError, tf.errors.OpError, message.DecodeError) as error:
            reason = str(error).splitlines()[0]
            raise UserError(f"{file}: cannot be run: {reason}") from None
        return count

    def find(self, name: str, version: int | None = None) -> None:
        """Checks that a request is for this model.

        Args:
            name: The model's name in the request.
            version: The version in the request; None if it names none.

        Raises:
            ServingError: `NOT_FOUND`.
        """
        if name != self.name or version not in (None, self.version):
            wanted = "Latest" if version is None else f"Specific {version}"
            raise ServingError(
                "NOT_FOUND",
                f"Servable not found for request: {wanted}({name!r}); there is "
                f"{self.name!r}, version {self.version}",
            )

    def signature(self, name: str) -> meta_graph_pb2.SignatureDef:
        """Returns the inputs and outputs of a signature.

        Args:
            name: Its name; empty for `serving_default`.

        Raises:
            ServingError: `INVALID_ARGUMENT`: there is no such signature.
        """
        name = name or DEFAULT_SIGNATURE
        if name not in self.signature_defs:
            raise ServingError(
                "INVALID_ARGUMENT",
                f"no signature {name!r}; there are "
                f"{', '.join(sorted(self.signature_defs))}",
            )
        return self.signature_defs[name]

    def read(
        self, signature: str, tensors: Mapping[str, tensor_pb2.TensorProto]
    ) -> Arrays:
        """Reads a request's tensors.

        Shapes are checked before anything is unpacked, because a message of
        a few bytes may claim any size.

        Args:
            signature: The signature's name.
            tensors: Tensors by input.

        Returns:
            The inputs as arrays.

        Raises:
            ServingError: `INVALID_ARGUMENT`.
        """
        wanted = self.signature(signature).inputs
        self._check_names(tensors, wanted)
        arrays = {}
        for name, tensor in tensors.items():
            shape = [dim.size for dim in tensor.tensor_shape.dim]
            self._check(name, tensor.dtype, shape, wanted[name])
            try:
                arrays[name] = tf.make_ndarray(tensor)
            except (ValueError, TypeError) as error:
                raise ServingError(
                    "INVALID_ARGUMENT", f"{name}: {error}"
                ) from None
        return arrays

    def predict(
        self,
        signature: str,
        inputs: Mapping[str, np.ndarray],
        only: Collection[str] = (),
    ) -> Arrays:
        """Runs a signature.

        Args:
            signature: Its name; empty for `serving_default`.
            inputs: Arrays by name; for strings, arrays of `bytes` objects.
            only: The outputs to return; all by default.

        Returns:
            Arrays by name.

        Raises:
            ServingError: The request is wrong, or the photograph is refused.
        """
        definition = self.signature(signature)
        self._check_names(inputs, definition.inputs)
        for name, array in inputs.items():
            kind = tf.as_dtype(array.dtype).as_datatype_enum
            self._check(name, kind, array.shape, definition.inputs[name])
        unknown = set(only) - set(definition.outputs)
        if unknown:
            raise ServingError(
                "INVALID_ARGUMENT", f"no output {min(unknown)!r}"
            )
        run = self._loaded.signatures[signature or DEFAULT_SIGNATURE]
        try:
            outputs = run(**{k: tf.constant(v) for k, v in inputs.items()})
        except tf.errors.OpError as error:
            raise ServingError(_code(error), _reason(error)) from None
        return {
            k: v.numpy() for k, v in outputs.items() if k in (only or outputs)
        }

    def _check_names(
        self, given: Collection[str], wanted: Collection[str]
    ) -> None:
        if set(given) != set(wanted):
            raise ServingError(
                "INVALID_ARGUMENT",
                f"inputs must be {sorted(wanted)}, not {sorted(given)}",
            )

    def _check(
        self, name: str, dtype: int, shape: Sequence[int], wanted: Any
    ) -> None:
        if dtype != wanted.dtype:
            needed, got = (_dtype_name(d) for d in (wanted.dtype, dtype))
            raise ServingError(
                "INVALID_ARGUMENT", f"{name} must be {needed}, not {got}"
            )
        sizes = [dim.size for dim in wanted.tensor_shape.dim]
        fits = len(shape) == len(sizes) and all(
            size in (-1, given)
            for size, given in zip(sizes, shape, strict=True)
        )
        if not fits:
            raise ServingError(
                "INVALID_ARGUMENT",
                f"{name} must have the shape {sizes}, not {list(shape)}",
            )
        if not 1 <= shape[0] <= self.max_batch:
            raise ServingError(
                "INVALID_ARGUMENT",
                f"{name} must hold 1 to {self.max_batch} photographs, not "
                f"{shape[0]}",
            )


def _signature_defs(
    folder: pathlib.Path,
) -> dict[str, meta_graph_pb2.SignatureDef]:
    """The signatures by name, without the one that initializes."""
    file = folder / "saved_model.pb"
    try:
        parsed = saved_model_pb2.SavedModel.FromString(file.read_bytes())
        signatures = dict(parsed.meta_graphs[0].signature_def)
    except OSError:
        raise UserError(
            f"{folder} holds no SavedModel; write one with: dmtdr export",
            argument="model",
        ) from None
    except (message.DecodeError, IndexError):
        raise UserError(f"{file} is damaged", argument="model") from None
    return {k: v for k, v in signatures.items() if not k.startswith("__")}


def _dtype_name(dtype: int) -> str:
    try:
        return tf.as_dtype(dtype).name
    except TypeError:
        return f"type {dtype}"


def _code(error: tf.errors.OpError) -> str:
    names = {
        tf.errors.INVALID_ARGUMENT: "INVALID_ARGUMENT",
        tf.errors.RESOURCE_EXHAUSTED: "RESOURCE_EXHAUSTED",
    }
    return names.get(error.error_code, "INTERNAL")


def _reason(error: tf.errors.OpError) -> str:
    """The reason without the graph's nodes and stack."""
    asserted = _ASSERTION.search(error.message)
    if asserted:
        return asserted[1]
    lines = error.message.partition("\n\t [[")[0].split("\n")
    return lines[-1].partition(" [Op:")[0] or "the model failed"
