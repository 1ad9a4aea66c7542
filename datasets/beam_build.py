"""Prepares photographs with Apache Beam, for very large data sets."""

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
from dmtdr_tf_datasets.console import notify
from dmtdr_tf_datasets.preparation import Source, prepare_sample

__all__ = ["examples", "pipeline_options", "skipped"]

_SKIPPED = "skipped photographs"


def pipeline_options(flags: str) -> PipelineOptions:
    """Parses Beam's options.

    Args:
        flags: Beam's options without their dashes, joined by commas, such as
            `"runner=DirectRunner,direct_num_workers=4"`.

    Returns:
        The options.

    Raises:
        UserError: There is no such runner.
    """
    options = PipelineOptions([f"--{flag}" for flag in flags.split(",")])
    runner = options.view_as(StandardOptions).runner
    try:
        beam.runners.create_runner(runner or StandardOptions.DEFAULT_RUNNER)
    except (ValueError, ImportError) as error:
        raise UserError(str(error), argument="beam_options") from None
    return options


def examples(
    sources: Sequence[Source], size: int, dataset: str, split: str
) -> beam.PTransform:
    """Returns the transform that prepares a split's photographs.

    Args:
        sources: The photographs, on a disk that every worker can read.
        size: Side of the prepared photographs, in pixels.
        dataset: Name of the data set, for messages.
        split: Name of the split.

    Returns:
        A transform from nothing to pairs of key and sample.
    """
    prepare = functools.partial(
        _examples, size=size, dataset=dataset, split=split
    )
    # Without the shuffle, a runner may give everything to one worker.
    return beam.Create(sources) | beam.Reshuffle() | beam.FlatMap(prepare)


def _examples(
    source: Source, size: int, dataset: str, split: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Prepares one photograph, or names it if it cannot be used."""
    sample = prepare_sample(source, size)
    if isinstance(sample, str):
        notify(f"{dataset}: skipped: {sample}")
        Metrics.counter(_SKIPPED, split).inc()
        return
    yield source.name, {**sample, **source.features()}


def skipped(result: Any) -> dict[str, int]:
    """Returns how many photographs of each split could not be used.

    Args:
        result: The result of the pipeline.

    Returns:
        Split to the number; splits without any are not included.
    """
    query = MetricsFilter().with_namespace(_SKIPPED)
    counters = result.metrics().query(query)["counters"]
    return {c.key.metric.name: c.result for c in counters}
