"""What the data sets must have for the phases that are to be trained."""

from collections.abc import Mapping, Sequence

from dmtdr_tf.config import Config
from dmtdr_tf.config.phases import Keep, Phase
from dmtdr_tf.data.labels_ahead import labels_ahead
from dmtdr_tf.data.records import Labels
from dmtdr_tf.files.errors import UserError

__all__ = ["check_data"]

# The splits that every phase reads.
_SPLITS = ("train", "validation")
# What a phase trains, by the photographs that it trains on.
_LEARNERS: Mapping[Keep, str] = {
    "lesions": "stage 1 first trains the super-resolver and the segmenter",
    "grade": "stage 1 trains the grader",
    "all": "stage 2 trains the three subnets together",
}
_LABELED: Mapping[Keep, str] = {
    "lesions": "photographs with lesion masks",
    "grade": "photographs with a grade",
    "all": "photographs",
}
# How a table of one's own supplies them.
_COLUMNS: Mapping[Keep, str] = {
    "lesions": "name them in the columns MA, HM, SE and HE of photographs.csv",
    "grade": "write it into the column grade of photographs.csv",
    "all": "add rows to photographs.csv",
}


def check_data(config: Config, phases: Sequence[Phase]) -> None:
    """Refuses data sets from which a phase cannot learn.

    Nothing is prepared. A data set that is drawn has all labels.

    Args:
        config: Data sets and batch sizes.
        phases: The phases that are to be trained.

    Raises:
        UserError: A phase has no photograph with the labels it needs to train
            on, or to validate on, or fewer than a batch. The message says
            what to do.
    """
    labels = labels_ahead(config, _SPLITS)
    if labels is None:
        return
    for phase in phases:
        for split in _SPLITS:
            if not _count(labels, split, phase.keep):
                raise _missing(config, phase, split)
    for phase in phases:
        _check_batch(config, phase, _count(labels, "train", phase.keep))


def _count(
    labels: Sequence[Mapping[str, Labels]], split: str, keep: Keep
) -> int:
    return sum(
        int(splits[split].keep(keep).sum())
        for splits in labels
        if split in splits
    )


def _missing(
    config: Config,
    phase: Phase,
    split: str,
) -> UserError:
    """Returns the error for a split without a photograph that is needed."""
    dataset, keep = config.run.dataset, phase.keep
    labels = labels_ahead(config) or []
    names = {name for splits in labels for name in splits}
    total = sum(_count(labels, name, keep) for name in names)
    if total:
        use = "train on" if split == "train" else "validate every epoch on"
        what = (
            f"none of the {total} {_LABELED[keep]} in {dataset} is in split "
            f"{split!r}, which it needs to {use}"
        )
        column = "fill the column split of photographs.csv, or add patients"
    else:
        what = f"{dataset} has no {_LABELED[keep]}"
        column = _COLUMNS[keep]
    own = f"{column}, or " if "folder" in dataset.split("+") else ""
    return UserError(
        f"{_LEARNERS[keep]}, and {what}; {own}add a data set that has some, "
        f"such as {dataset}+synthetic_fundus",
        argument="run.dataset",
    )


def _check_batch(config: Config, phase: Phase, train: int) -> None:
    size = phase.settings(config).batch_size
    if train < size:
        raise UserError(
            f"{size} photographs make a batch, but {config.run.dataset} has "
            f"only {train} {_LABELED[phase.keep]} in split 'train'; choose at "
            f"most {train}, or add photographs",
            argument=f"{phase.option}.batch_size",
        )
