"""The data set that a finished run is evaluated on."""

import dataclasses
from typing import Any

from dmtdr_tf.config.schema import Config

__all__ = ["with_data"]


def with_data(
    config: Config,
    dataset: str = "",
    data_dir: str = "",
    manual_dir: str = "",
) -> Config:
    """Returns a run's configuration on another data set.

    Args:
        config: The configuration in the run's workdir.
        dataset: TFDS name of the data set; the run's own if empty.
        data_dir: Where TFDS keeps prepared data; the run's if empty.
        manual_dir: The folder of a data set you downloaded; the run's if
            empty.

    Example:
    >>> from dmtdr_tf.config.presets import preset
    >>> with_data(preset("demo"), dataset="idrid").run.dataset
    'idrid'
    """
    given: dict[str, Any] = {
        name: value
        for name, value in (
            ("dataset", dataset),
            ("data_dir", data_dir),
            ("manual_dir", manual_dir),
        )
        if value
    }
    # Weights are for drawing in training, and of the run's own data sets.
    run = dataclasses.replace(config.run, dataset_weights=(), **given)
    return dataclasses.replace(config, run=run)
