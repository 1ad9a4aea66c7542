"""A SavedModel that checks and answers requests."""

import os
import pathlib
import re
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from google.protobuf import message
from tensorflow.core.framework import tensor_pb2
from tensorflow.core.protobuf import meta_graph_pb2
from tensorflow_serving.apis import prediction_log_pb2

from dmtdr_tf.exporting.saved_model.writer import WARM_UP_FILE
from dmtdr_tf.exporting.signatures import GATE, PHOTOGRAPHS, WITH_GATE
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.serving.photograph_cost import check_header
from dmtdr_tf.serving.request_check import check_names, check_tensor
from dmtdr_tf.serving.saved_model_folder import (
    fingerprint,
    read_labels,
    read_signatures,
)
from dmtdr_tf.serving.serving_error import ServingError

__all__ = ["DEFAULT_SIGNATURE", "Arrays", "ServedModel"]

Arrays = dict[str, np.ndarray]

DEFAULT_SIGNATURE = "serving_default"
# Numbers in an answer: 160 MB over gRPC.
_MOST_NUMBERS = 40_000_000
_ASSERTION = re.compile(
    r"assertion failed: \[(.*?)\](?:\n|$| \[Op:)", re.DOTALL
)


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
        self.signature_defs = read_signatures(self.folder)
        self.labels = read_labels(self.folder)
        self.sha256 = fingerprint(self.folder)
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

    def signature(
        self, name: str, with_gate: bool = False
    ) -> meta_graph_pb2.SignatureDef:
        """Returns the inputs and outputs of a signature.

        Args:
            name: Its name; empty for `serving_default`.
            with_gate: The form of it whose inputs include `gate`, which a
                request to any signature for files may use.

        Raises:
            ServingError: `INVALID_ARGUMENT`: there is no such signature.
        """
        return self.signature_defs[self._key(name, with_gate)]

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
        wanted = self.signature(signature, GATE in tensors).inputs
        check_names(tensors, wanted)
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
        deadline: float | None = None,
        most_numbers: int = _MOST_NUMBERS,
    ) -> Arrays:
        """Runs a signature.

        One photograph is computed at a time, which bounds the memory.

        Args:
            signature: Its name; empty for `serving_default`.
            inputs: Arrays by name; for strings, arrays of `bytes` objects.
            only: The outputs to return; all by default.
            deadline: When to stop, in seconds of `time.monotonic`.
            most_numbers: The largest answer.

        Returns:
            Arrays by name.

        Raises:
            ServingError: The request is wrong, or the photograph is refused.
        """
        key = self._key(signature, GATE in inputs)
        definition = self.signature_defs[key]
        check_names(inputs, definition.inputs)
        for name, array in inputs.items():
            kind = tf.as_dtype(array.dtype).as_datatype_enum
            self._check(name, kind, array.shape, definition.inputs[name])
        unknown = set(only) - set(definition.outputs)
        if unknown:
            raise ServingError(
                "INVALID_ARGUMENT", f"no output {min(unknown)!r}"
            )
        wanted = set(only or definition.outputs)
        parts = self._parts(definition, inputs)
        self._check_answer(definition, wanted, len(parts), most_numbers)
        answers = []
        for index, part in enumerate(parts):
            if deadline is not None and time.monotonic() > deadline:
                raise ServingError(
                    "DEADLINE_EXCEEDED", "the time for this request is over"
                )
            prefix = f"photograph {index}: " if len(parts) > 1 else ""
            answers.append(self._run(key, part, wanted, prefix))
        if len(answers) == 1:
            return answers[0]
        return {
            k: np.concatenate([answer[k] for answer in answers]) for k in wanted
        }

    def _key(self, signature: str, with_gate: bool) -> str:
        name = signature or DEFAULT_SIGNATURE
        if name not in self.signature_defs:
            names = sorted(self.signature_defs)
            plain = [one for one in names if not one.endswith(WITH_GATE)]
            raise ServingError(
                "INVALID_ARGUMENT",
                f"no signature {name[:100]!r}; there are {', '.join(plain)}",
            )
        gated = name + WITH_GATE
        return gated if with_gate and gated in self.signature_defs else name

    def _parts(
        self,
        definition: meta_graph_pb2.SignatureDef,
        inputs: Mapping[str, np.ndarray],
    ) -> list[Mapping[str, np.ndarray]]:
        """The request cut into photographs; whole for a fixed batch."""
        infos = definition.inputs
        batched = [k for k in infos if infos[k].tensor_shape.dim]
        if not batched or infos[batched[0]].tensor_shape.dim[0].size != -1:
            return [inputs]
        count = len(inputs[batched[0]])
        gate = inputs.get(GATE)
        if gate is not None and gate.shape not in ((), (1,), (count,)):
            raise ServingError(
                "INVALID_ARGUMENT",
                f"{GATE} must be one boolean, or one for each photograph",
            )
        parts: list[Mapping[str, np.ndarray]] = []
        for i in range(count):
            part = {k: inputs[k][i : i + 1] for k in batched}
            if gate is not None:
                part[GATE] = np.broadcast_to(gate, (count,))[i : i + 1]
            parts.append(part)
        return parts

    def _run(
        self,
        key: str,
        inputs: Mapping[str, np.ndarray],
        wanted: Collection[str],
        prefix: str,
    ) -> Arrays:
        try:
            for content in inputs.get(PHOTOGRAPHS, ()):
                check_header(content)
            tensors = {k: tf.constant(v) for k, v in inputs.items()}
            outputs = self._loaded.signatures[key](**tensors)
        except tf.errors.OpError as error:
            text = prefix + _reason(error)
            raise ServingError(_code(error), text) from None
        except ServingError as error:
            raise ServingError(error.code, f"{prefix}{error}") from None
        return {k: _as_array(v) for k, v in outputs.items() if k in wanted}

    def _check_answer(
        self,
        definition: meta_graph_pb2.SignatureDef,
        wanted: Collection[str],
        count: int,
        most: int,
    ) -> None:
        """Refuses an answer that would be too large, before it is computed."""
        numbers = 0
        for name in wanted:
            sizes = [d.size for d in definition.outputs[name].tensor_shape.dim]
            numbers += int(np.prod([max(size, 1) for size in sizes]))
        if numbers * count > most:
            raise ServingError(
                "INVALID_ARGUMENT",
                f"the answer would have {numbers * count:,} numbers, more than "
                f"{most:,}; send fewer photographs, or use serving_bytes",
            )

    def _check(
        self, name: str, dtype: int, shape: Sequence[int], wanted: Any
    ) -> None:
        check_tensor(name, dtype, shape, wanted)
        if shape and not 1 <= shape[0] <= self.max_batch:
            raise ServingError(
                "INVALID_ARGUMENT",
                f"{name} must hold 1 to {self.max_batch} photographs, not "
                f"{shape[0]}",
            )


def _as_array(tensor: tf.Tensor) -> np.ndarray:
    # A scalar string becomes a `bytes` object.
    value = tensor.numpy()
    return np.array(value, object) if isinstance(value, bytes) else value


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
        # TensorFlow escapes the text as in C.
        return asserted[1].replace("\\'", "'").replace('\\"', '"')
    lines = error.message.partition("\n\t [[")[0].split("\n")
    return lines[-1].partition(" [Op:")[0] or "the model failed"
