"""Compares int8 LiteRT models on the photographs of a trained workdir.

They are quantized by the converter and by `ai-edge-quantizer` (pip install
'.[quantizer]'), both with everything in int8 that each supports, and with the
parts in float that `dmtdr export` leaves in float. The float model is measured
too. All are calibrated with the same photographs of the training split, and
compared on others with Keras and the high-resolution photograph.
"""

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Outputs = Mapping[str, Any]

HEADER = (
    "model                  MB   PSNR dB   (Keras)  lesion dice  grade kept  "
    "logits off  evidence r  seconds  CPU s"
)


def models(
    model: Any, config: Any, photographs: Sequence[Any]
) -> Iterator[tuple[str, bytes]]:
    """Converts a model in every way that is compared.

    Args:
        model: A trained model.
        config: The configuration in its workdir.
        photographs: The photographs that int8 is calibrated with.

    Yields:
        Name and content of each `.tflite` file.
    """
    from dmtdr_tf.exporting.litert import conversion
    from dmtdr_tf.exporting.litert.writer import save_for_device

    with tempfile.TemporaryDirectory() as saved:
        save_for_device(model, saved, config.low_res_size)
        content = conversion.convert(saved, "float32")
        yield "float32", content
        for name, parts in (
            ("all", r"."),
            ("parts", conversion.INTEGER),
        ):
            yield (
                f"converter, {name}",
                conversion.quantize(saved, photographs, parts),
            )
            yield f"quantizer, {name}", quantizer(content, photographs, parts)


def quantizer(content: bytes, photographs: Sequence[Any], parts: str) -> bytes:
    """Quantizes a model with ai-edge-quantizer.

    Args:
        content: The content of the float model's file.
        photographs: The photographs it is calibrated with.
        parts: Regular expression that matches the names of the results to
            compute in int8.

    Returns:
        The content of a `.tflite` file.
    """
    from ai_edge_quantizer import qtyping
    from ai_edge_quantizer import quantizer as library

    model = library.Quantizer(bytearray(content))
    model.add_static_config(
        regex=parts,
        operation_name=qtyping.TFLOperationName.ALL_SUPPORTED,
        activation_num_bits=8,
        weight_num_bits=8,
    )
    samples = [{"low_res": photograph} for photograph in photographs]
    # It prints sizes, which do not belong into our table.
    with contextlib.redirect_stdout(sys.stderr):
        ranges = model.calibrate({"serving_default": samples})
        return bytes(model.quantize(ranges).quantized_model)


def measure(
    run: Callable[[Any], Outputs],
    batches: Sequence[Mapping[str, Any]],
    expected: Sequence[Outputs],
) -> list[float]:
    """Runs a model on photographs and compares its answers with Keras's.

    Args:
        run: A function of `low_res` to the outputs by name.
        batches: Batches of one photograph.
        expected: The Keras model's outputs for each.

    Returns:
        The figures of a row, without name and size.
    """
    import numpy as np

    rows, seconds, cpu = [], [], []
    for batch, keras_answer in zip(batches, expected, strict=True):
        start, start_cpu = time.perf_counter(), time.process_time()
        answer = run(batch["low_res"])
        seconds.append(time.perf_counter() - start)
        cpu.append(time.process_time() - start_cpu)
        ours, theirs = answer["lesions"] > 0.5, keras_answer["lesions"] > 0.5
        rows.append(
            [
                psnr(answer["super_resolution"], batch["high_res"]),
                psnr(keras_answer["super_resolution"], batch["high_res"]),
                dice(ours, theirs),
                answer["grade"].argmax() == keras_answer["grade"].argmax(),
                np.abs(answer["grade"] - keras_answer["grade"]).max(),
                correlation(answer["evidence"], keras_answer["evidence"]),
            ]
        )
    figures = np.mean(np.asarray(rows, float), axis=0)
    return [*figures, statistics.median(seconds), statistics.median(cpu)]


def dice(ours: Any, theirs: Any) -> float:
    """Returns the Dice coefficient of two masks; 1 if both are empty."""
    total = ours.sum() + theirs.sum()
    return 2 * (ours & theirs).sum() / total if total else 1.0


def psnr(ours: Any, theirs: Any) -> float:
    """Returns the peak signal-to-noise ratio in dB, for values in [0, 1]."""
    import numpy as np

    return -10 * np.log10(np.mean(np.square(ours - theirs)))


def correlation(ours: Any, theirs: Any) -> float:
    """Returns Pearson's correlation; 1 if both maps are constant."""
    import numpy as np

    if not np.std(ours) or not np.std(theirs):
        return float(np.std(ours) == np.std(theirs))
    return np.corrcoef(np.ravel(ours), np.ravel(theirs))[0, 1]


def parse_arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workdir", required=True)
    parser.add_argument("--stage", type=int)
    parser.add_argument("--split", default="validation")
    parser.add_argument("--photographs", type=int, default=40)
    parser.add_argument("--representative", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def main() -> None:
    """Prints a row for each model."""
    arguments = parse_arguments()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    import tensorflow as tf

    from dmtdr_tf.data.pipeline import evaluation_batches
    from dmtdr_tf.exporting.labels import labels
    from dmtdr_tf.exporting.litert.metadata import add_metadata
    from dmtdr_tf.exporting.litert.representative import (
        representative_photographs,
    )
    from dmtdr_tf.exporting.signatures import float_signature
    from dmtdr_tf.files.errors import UserError
    from dmtdr_tf.parity.runners.litert_runner import LiteRtRunner
    from dmtdr_tf.training.workdir import Workdir

    keras.config.set_dtype_policy("float32")
    workdir = Workdir(arguments.workdir)
    config = workdir.config
    model = workdir.load_model(arguments.stage)
    chosen = evaluation_batches(config, arguments.split, keep="grade")
    batches = list(chosen.take(arguments.photographs).as_numpy_iterator())
    serve = tf.function(float_signature(model))
    expected = [
        {k: v.numpy() for k, v in serve(batch["low_res"]).items()}
        for batch in batches
    ]
    photographs = representative_photographs(
        config, "train", arguments.representative
    )
    print(HEADER)
    for name, content in models(model, config, photographs):
        with tempfile.NamedTemporaryFile(suffix=".tflite") as file:
            file.write(add_metadata(content, labels(config)))
            file.flush()
            try:
                run = LiteRtRunner(file.name, arguments.threads)
            except UserError as error:
                print(f"{name:18} cannot be run: {error}", flush=True)
                continue
            run(batches[0]["low_res"])
            figures = measure(run, batches, expected)
        print(
            f"{name:18} {len(content) / 1e6:6.1f} {figures[0]:9.3f} "
            f"{figures[1]:9.3f} {figures[2]:12.3f} {figures[3]:11.1%} "
            f"{figures[4]:11.4f} {figures[5]:11.4f} {figures[6]:8.3f} "
            f"{figures[7]:6.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
