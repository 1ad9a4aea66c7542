"""Things in a file system that are no photograph."""

import os
import pathlib
from collections.abc import Callable

__all__ = ["ODD_FILES"]


def _empty(folder: pathlib.Path) -> pathlib.Path:
    path = folder / "empty.jpg"
    path.touch()
    return path


def _directory(folder: pathlib.Path) -> pathlib.Path:
    path = folder / "folder.jpg"
    path.mkdir()
    return path


def _fifo(folder: pathlib.Path) -> pathlib.Path:
    path = folder / "pipe.jpg"
    os.mkfifo(path)
    return path


def _loop(folder: pathlib.Path) -> pathlib.Path:
    path = folder / "loop.jpg"
    path.symlink_to(path)
    return path


def _dangling(folder: pathlib.Path) -> pathlib.Path:
    path = folder / "gone.jpg"
    path.symlink_to(folder / "nowhere.jpg")
    return path


def _device(folder: pathlib.Path) -> pathlib.Path:
    path = folder / "zero.jpg"
    path.symlink_to("/dev/zero")
    return path


def _long_name(folder: pathlib.Path) -> pathlib.Path:
    return folder / ("n" * 300 + ".jpg")


def _nul(folder: pathlib.Path) -> pathlib.Path:
    return pathlib.Path(f"{folder}/a\0b.jpg")


def _control(folder: pathlib.Path) -> pathlib.Path:
    path = folder / "a\x1b[31m\tb.jpg"
    path.write_bytes(b"no photograph")
    return path


def _bytes_name(folder: pathlib.Path) -> pathlib.Path:
    path = folder / os.fsdecode(b"\xff\xfe.jpg")
    path.write_bytes(b"")
    return path


ODD_FILES: dict[str, Callable[[pathlib.Path], pathlib.Path]] = {
    "empty file": _empty,
    "directory": _directory,
    "FIFO": _fifo,
    "link to itself": _loop,
    "link to nothing": _dangling,
    "link to a device": _device,
    "name too long": _long_name,
    "NUL in the name": _nul,
    "control characters": _control,
    "name that is not UTF-8": _bytes_name,
}
