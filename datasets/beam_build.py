"""A build on Apache Beam, for data sets that outgrow one machine."""

import functools
from collections.abc import Iterator, Sequence
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics, MetricsFilter
from apache_beam.options.pipeline_options import (
    PipelineOptions,
    StandardOptions,
)

from dmtdr_tf.files.errors import UserError
from dmtdr_tf_datasets.preparation import Source, prepare_sample, tell

_SKIPPED = "skipped photographs"


def pipeline_options(flags: str) -> PipelineOptions:
    """Reads Beam's options from a line.

    Args:
        flags: As TFDS takes them, `"runner=DirectRunner,direct_num_workers=4"`:
            Beam's own, joined by commas and without their dashes.

    Raises:
        UserError: There is no such runner.
    """
    options = PipelineOptions([f"--{flag}" for flag in flags.split(",")])
    runner = options.view_as(StandardOptions).runner
    try:
        beam.runners.create_runner(runner or StandardOptions.DEFAULT_RUNNER)
    except (ValueError, ImportError) as error:
        raise UserError(f"--beam_options: {error}") from None
    return options


def examples(
    sources: Sequence[Source], size: int, dataset: str, split: str
) -> beam.PTransform:
    """Makes the transform that prepares a split's photographs.

    Args:
        sources: The photographs, on a disk that every worker sees.
        size: Side of the prepared photographs, in pixels.
        dataset: The data set's name, for messages.
        split: The split's name.

    Returns:
        From nothing to pairs of key and sample.
    """
    prepare = functools.partial(
        _examples, size=size, dataset=dataset, split=split
    )
    # Without the shuffle, a runner may give all to one worker.
    return beam.Create(sources) | beam.Reshuffle() | beam.FlatMap(prepare)


def _examples(
    source: Source, size: int, dataset: str, split: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Prepares one photograph; one that cannot be used is named."""
    sample = prepare_sample(source, size)
    if isinstance(sample, str):
        tell(f"{dataset}: skipped: {sample}")
        Metrics.counter(_SKIPPED, split).inc()
        return
    yield source.name, {**sample, **source.features()}


def skipped(result: Any) -> dict[str, int]:
    """Returns how many photographs of each split could not be used.

    Args:
        result: That of the pipeline; a split without any is not in the
            dictionary.
    """
    wanted = MetricsFilter().with_namespace(_SKIPPED)
    counters = result.metrics().query(wanted)["counters"]
    return {c.key.metric.name: c.result for c in counters}
