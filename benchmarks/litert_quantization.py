"""Compares ways to an int8 LiteRT model on a trained workdir's photographs.

The converter's own quantisation after training, and `ai-edge-quantizer`
(`pip install 'dmtdr-tf[quantizer]'`), each with everything in int8 that it can
do, and with what `dmtdr export` leaves in float. Beside them the float model.
All are calibrated with the same photographs of the training split and
measured on others against Keras and the high-resolution photograph.
"""

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
import time

HEADER = (
    "model                  MB   PSNR dB   (Keras)  lesion dice  grade kept  "
    "logits off  evidence r  seconds  CPU s"
)


def models(model, config, photographs):
    """Makes the models that are compared.

    Args:
        model: A trained model.
        config: That of its workdir.
        photographs: What int8 is calibrated with.

    Yields:
        Name and content of each `.tflite` file.
    """
    from dmtdr_tf.exporting.litert import conversion as litert_conversion
    from dmtdr_tf.exporting.litert.writer import save_for_device

    with tempfile.TemporaryDirectory() as saved:
        save_for_device(model, saved, config.low_res_size)
        content = litert_conversion.convert(saved, "float32")
        yield "float32", content
        for name, parts in (
            ("all", r"."),
            ("parts", litert_conversion.INTEGER),
        ):
            yield (
                f"converter, {name}",
                litert_conversion.quantise(saved, photographs, parts),
            )
            yield f"quantizer, {name}", quantizer(content, photographs, parts)


def quantizer(content, photographs, parts):
    """Quantises a model by ai-edge-quantizer.

    Args:
        content: The float model's content.
        photographs: What it is calibrated with.
        parts: Pattern of the results that become int8.

    Returns:
        The content of a `.tflite` file.
    """
    from ai_edge_quantizer import qtyping
    from ai_edge_quantizer import quantizer as library

    made = library.Quantizer(bytearray(content))
    made.add_static_config(
        regex=parts,
        operation_name=qtyping.TFLOperationName.ALL_SUPPORTED,
        activation_num_bits=8,
        weight_num_bits=8,
    )
    samples = [{"low_res": photograph} for photograph in photographs]
    # It prints sizes; the table here is another.
    with contextlib.redirect_stdout(sys.stderr):
        ranges = made.calibrate({"serving_default": samples})
        return bytes(made.quantize(ranges).quantized_model)


def measure(run, batches, expected):
    """Runs a model on photographs and compares.

    Args:
        run: From `low_res` to the outputs by name.
        batches: The photographs' batches of 1.
        expected: Keras's outputs for each.

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


def dice(ours, theirs):
    """Agreement of two masks, 1 where both are empty."""
    total = ours.sum() + theirs.sum()
    return 2 * (ours & theirs).sum() / total if total else 1.0


def psnr(ours, theirs):
    """Peak signal-to-noise ratio in dB of photographs in [0, 1]."""
    import numpy as np

    return -10 * np.log10(np.mean(np.square(ours - theirs)))


def correlation(ours, theirs):
    """Pearson's, 1 where both maps are flat."""
    import numpy as np

    if not np.std(ours) or not np.std(theirs):
        return float(np.std(ours) == np.std(theirs))
    return np.corrcoef(np.ravel(ours), np.ravel(theirs))[0, 1]


def arguments_of():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workdir", required=True)
    parser.add_argument("--stage", type=int)
    parser.add_argument("--split", default="validation")
    parser.add_argument("--photographs", type=int, default=40)
    parser.add_argument("--representative", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def main():
    """Prints a row for each model."""
    arguments = arguments_of()
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
