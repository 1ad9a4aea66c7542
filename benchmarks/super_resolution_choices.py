"""Compares the super-resolver's open choices at equal training steps.

The paper leaves two choices open: the x2 upscaling layer (a convolution with
depth-to-space, or a transposed convolution) and the output (a residual over
bicubic, or a tanh). All four combinations train on the same photographs and
crops, with the same seed and loss (eq. 5).
"""

import argparse
import dataclasses
import itertools
import os
import statistics
import time
from typing import Any

UPSCALING = ("depth_to_space", "transposed")
OUTPUT = ("residual", "tanh")


def train_and_score(
    config: Any, upscaling: str, output: str, steps: int
) -> tuple[float, float, float]:
    """Trains one super-resolver and scores it on the validation split.

    Args:
        config: Data set, widths and seed; crops and learning rate of stage 1.
        upscaling: The super-resolver's `upscaling`.
        output: Its `output`.
        steps: Training steps.

    Returns:
        PSNR in dB and SSIM on whole photographs, averaged over the split, and
        the median seconds of a step.
    """
    import keras
    import tensorflow as tf

    from dmtdr_tf.data import pipeline
    from dmtdr_tf.losses import ReconstructionLoss
    from dmtdr_tf.metrics.psnr import PSNR
    from dmtdr_tf.metrics.ssim import SSIM
    from dmtdr_tf.models.super_resolution import SuperResolutionNetwork
    from dmtdr_tf.training.optimizer import phase_optimizer

    keras.utils.set_random_seed(config.run.seed)
    model = SuperResolutionNetwork(
        config.model.scale,
        config.model.super_resolution_width,
        config.model.super_resolution_blocks,
        upscaling,
        output,
    )
    phase = dataclasses.replace(
        config.stage_1.restoration,
        epochs=1,
        steps_per_epoch=steps,
        lesion_focus=0.0,
    )
    optimizer = phase_optimizer(phase, steps, ())
    loss = ReconstructionLoss("absolute")

    @tf.function
    def step(low_res: Any, high_res: Any) -> None:
        with tf.GradientTape() as tape:
            value = loss(high_res, model(low_res, training=True))
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(value, variables), variables)

    times = []
    for batch in pipeline.training_data(config, phase).batches.take(steps):
        start = time.perf_counter()
        step(batch["low_res"], batch["high_res"])
        times.append(time.perf_counter() - start)
    scores = PSNR(), SSIM()
    for batch in pipeline.evaluation_batches(config, "validation"):
        restored = tf.clip_by_value(model(batch["low_res"]), 0.0, 1.0)
        for score in scores:
            score.update_state(batch["high_res"], restored)
    psnr, ssim = (float(score.result()) for score in scores)
    return psnr, ssim, statistics.median(times)


def main() -> None:
    """Prints a row for each combination."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="small")
    parser.add_argument("--dataset", default="idrid")
    parser.add_argument("--data_dir", default="")
    parser.add_argument("--manual_dir", default="")
    parser.add_argument("--steps", type=int, default=600)
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

    from dmtdr_tf.config import presets
    from dmtdr_tf.config.data_source import with_data

    config = with_data(
        presets.preset(options.preset),
        options.dataset,
        options.data_dir,
        options.manual_dir,
    )
    print("upscaling       output      PSNR dB    SSIM    s/step")
    for upscaling, output in itertools.product(UPSCALING, OUTPUT):
        psnr, ssim, step = train_and_score(
            config, upscaling, output, options.steps
        )
        print(
            f"{upscaling:16}{output:10}{psnr:9.2f}{ssim:8.4f}{step:10.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
