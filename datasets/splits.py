"""The names of the splits, and which of them is held out further."""

from collections.abc import Callable, Iterable
from typing import TypeVar

__all__ = ["SPLITS", "further_held_out", "group_by_split"]

# In order: test is held out further than validation, validation than train.
SPLITS = ("train", "validation", "test")

T = TypeVar("T")
S = TypeVar("S")


def further_held_out(*splits: str) -> str:
    """Returns the split that is held out furthest.

    Args:
        *splits: Names of splits.

    Example:
    >>> further_held_out("validation", "train")
    'validation'
    """
    return max(splits, key=SPLITS.index)


def group_by_split(
    items: Iterable[T], split_of: Callable[[T], str], value: Callable[[T], S]
) -> dict[str, list[S]]:
    """Groups items by their split.

    Args:
        items: The items.
        split_of: Returns the split of an item.
        value: Returns what to put in the group for an item.

    Returns:
        Every split to its values, in the order of the items.

    Example:
    >>> group_by_split(["train/a", "test/b"], lambda x: x[:-2], lambda x: x[-1])
    {'train': ['a'], 'validation': [], 'test': ['b']}
    """
    groups: dict[str, list[S]] = {split: [] for split in SPLITS}
    for item in items:
        groups[split_of(item)].append(value(item))
    return groups
