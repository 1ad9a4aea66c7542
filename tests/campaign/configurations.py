"""`config.json` damaged, foreign or of another version."""

import dataclasses
import json
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from campaign.mutations import MUTATIONS
from campaign.outcome import Outcome, of_error

__all__ = ["make_judge"]

_BYTES = 0.4
_VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1e308,
    float("nan"),
    float("inf"),
    10**400,
    "3",
    "",
    "\ud800",
    [],
    [1, "a"],
    {},
    {"a": 1},
    [[[[[]]]]],
)


def _leaves(values: dict[str, Any], path: tuple = ()) -> Iterator[tuple]:
    for key, value in values.items():
        yield (*path, key)
        if isinstance(value, dict):
            yield from _leaves(value, (*path, key))


def _parent(values: dict[str, Any], path: tuple) -> dict[str, Any]:
    for key in path[:-1]:
        values = values[key]
    return values


def _fits(given: Any, read: Any) -> bool:
    """Whether what was read is what was given; what lacked has a default."""
    if isinstance(given, dict):
        return isinstance(read, dict) and all(
            key in read and _fits(given[key], read[key]) for key in given
        )
    if isinstance(given, list):
        return list(read) == given
    return type(given) is type(read) and given == read or given == read


class _Configurations:
    def __init__(self, seed: int, folder: pathlib.Path, shared: pathlib.Path):
        from dmtdr_tf.config import file, presets

        self.seed, self.path = seed, folder / "config.json"
        file.save(presets.preset("demo"), self.path)
        self.plain = self.path.read_text()

    def __call__(self, index: int) -> Outcome:
        rng = np.random.default_rng([self.seed, index])
        if rng.random() < _BYTES:
            kind = list(MUTATIONS)[int(rng.integers(len(MUTATIONS)))]
            data = MUTATIONS[kind](rng, self.plain.encode())
        else:
            kind, data = self._changed(rng)
        self.path.write_bytes(data)
        return self._judge(kind, data)

    def _changed(self, rng: np.random.Generator) -> tuple[str, bytes]:
        values = json.loads(self.plain)
        paths = list(_leaves(values))
        path = paths[int(rng.integers(len(paths)))]
        parent = _parent(values, path)
        action = int(rng.integers(4))
        if action == 0:
            del parent[path[-1]]
            return "field lost", json.dumps(values).encode()
        if action == 1:
            parent[f"{path[-1]}_of_tomorrow"] = 1
            return "field of a newer version", json.dumps(values).encode()
        if action == 2:
            encoding = ("utf-16", "utf-32", "utf-8-sig", "cp037")[
                int(rng.integers(4))
            ]
            return f"in {encoding}", self.plain.encode(encoding)
        value = _VALUES[int(rng.integers(len(_VALUES)))]
        parent[path[-1]] = value
        return f"value {str(value)[:12]!r}", json.dumps(values).encode()

    def _judge(self, kind: str, data: bytes) -> Outcome:
        from dmtdr_tf.config import file

        try:
            config = file.load(self.path)
        except Exception as error:
            return of_error(kind, error)
        try:
            given = json.loads(data)
        except (ValueError, RecursionError):
            return Outcome(kind, "wrong", "accepted what is not JSON")
        if not _fits(given, dataclasses.asdict(config)):
            return Outcome(kind, "wrong", "accepted with another value")
        return Outcome(kind, "accepted")


def make_judge(**arguments: Any) -> Callable[[int], Outcome]:
    """Returns the judge of this part's inputs, for a worker."""
    return _Configurations(**arguments)
