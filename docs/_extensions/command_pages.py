"""Writes a page for each command of `dmtdr`, from its dataclass."""

import dataclasses
import importlib
import inspect
import pathlib
import re
import typing
from collections.abc import Iterator
from typing import Any

import sphinx.application
import tyro

from dmtdr_tf import cli
from dmtdr_tf.config import presets

FOLDER = pathlib.Path(__file__).parents[1] / "commands"

# The mark that `Positional[...]` puts on a type.
_POSITIONAL = typing.get_args(tyro.conf.Positional[str])[1]

_ENTRY = re.compile(r"^    (\w+): ((?:.*\n?)(?:        .*\n?)*)", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Option:
    """One option of a command.

    Args:
        names: How it is written; one name without hyphens if positional.
        kind: Its type.
        default: Its default value; `dataclasses.MISSING` if it has none.
        text: What its docstring says.
        group: The nested dataclass it belongs to, as `model`; empty for none.
    """

    names: tuple[str, ...]
    kind: Any
    default: Any
    text: str
    group: str


def options(
    arguments: type, defaults: Any = None, prefix: str = ""
) -> Iterator[Option]:
    """Lists the options of a dataclass, those of nested ones included.

    Args:
        arguments: The dataclass.
        defaults: An instance whose values are the defaults; the dataclass's
            own by default.
        prefix: The name of the option that the dataclass is nested in.

    Yields:
        The options in their order.
    """
    kinds = typing.get_type_hints(arguments, include_extras=True)
    texts = argument_texts(arguments)
    for field in dataclasses.fields(arguments):
        kind, marks = _unwrapped(kinds[field.name])
        default = _default(field, defaults)
        shown = next((m.name for m in marks if _renames(m)), field.name)
        name = ".".join(filter(None, (prefix, shown))).replace("_", "-")
        if dataclasses.is_dataclass(kind):
            value = None if default is dataclasses.MISSING else default
            yield from options(typing.cast(type, kind), value, name)
            continue
        if _POSITIONAL in marks:
            metavar = next(m.metavar for m in marks if hasattr(m, "metavar"))
            names: tuple[str, ...] = (str(metavar),)
        elif kind is bool:
            head, _, last = name.rpartition(".")
            negative = f"{head}.no-{last}" if head else f"no-{last}"
            names = (f"--{name}", f"--{negative}")
        else:
            names = (f"--{name}", *_aliases(marks))
        text = texts.get(field.name, "")
        yield Option(names, kind, default, text, prefix)


def argument_texts(arguments: type) -> dict[str, str]:
    """Returns what the docstring says of each field, bases included."""
    texts: dict[str, str] = {}
    for base in reversed(arguments.__mro__):
        section = (inspect.getdoc(base) or "").partition("Args:\n")[2]
        for name, text in _ENTRY.findall(section.split("\n\n")[0]):
            texts[name] = " ".join(text.split())
    return texts


def _unwrapped(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    marks = getattr(kind, "__metadata__", ())
    return (kind.__origin__ if marks else kind), marks


def _renames(mark: Any) -> bool:
    return getattr(mark, "name", None) is not None


def _aliases(marks: tuple[Any, ...]) -> list[str]:
    return [a for mark in marks for a in getattr(mark, "aliases", None) or ()]


def _default(field: dataclasses.Field, defaults: Any) -> Any:
    if defaults is not None:
        return getattr(defaults, field.name)
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _page(name: str) -> str:
    arguments = importlib.import_module(f"dmtdr_tf.commands.{name}").Arguments
    documented = (inspect.getdoc(arguments) or "").partition("\nArgs:")[0]
    parts = [f"# dmtdr {name}", documented.strip()]
    found = list(options(arguments, _preset(name)))
    if name == "train":
        parts.append(
            "The defaults are those of the preset `demo`; "
            "[presets](#presets) lists how the others differ. A workdir that "
            "was trained before keeps its own configuration."
        )
    for group in dict.fromkeys(option.group for option in found):
        if group:
            parts.append(f"## {group}")
        parts += [_entry(option) for option in found if option.group == group]
    if name == "train":
        parts += ["## Presets", _presets_table()]
    return "\n\n".join(parts) + "\n"


def _preset(name: str) -> Any:
    """For `train`, the values of the preset that it starts from."""
    if name != "train":
        return None
    config = presets.preset("demo")
    fields = {
        field.name: getattr(config, field.name)
        for field in dataclasses.fields(config)
    }
    return importlib.import_module("dmtdr_tf.commands.train").Arguments(
        **fields
    )


def _entry(option: Option) -> str:
    """An option as an entry of a definition list."""
    names = ", ".join(f"`{name}`" for name in option.names)
    value = _shown(option.default)
    default = f" (default: {value})" if value else ""
    text = option.text or "\u2026"
    choices = [str(choice) for choice in typing.get_args(option.kind)]
    if typing.get_origin(option.kind) is typing.Literal and not all(
        choice in text for choice in choices
    ):
        text += f" One of {', '.join(f'`{c}`' for c in choices)}."
    return f"{names}{default}\n: {text}"


def _shown(value: Any) -> str:
    if value is None or value in (dataclasses.MISSING, "", ()):
        return ""
    if isinstance(value, tuple):
        return f"`{' '.join(map(str, value))}`"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"`{value}`"


def _presets_table() -> str:
    """What differs between the presets."""
    flat = {
        name: dict(_flat(dataclasses.asdict(config)))
        for name, config in presets.PRESETS.items()
    }
    head = "".join(f" `{name}` |" for name in flat)
    rows = [f"| option |{head}", "|---|" + "---|" * len(flat)]
    for key in next(iter(flat.values())):
        values = [preset[key] for preset in flat.values()]
        if key != "run.preset" and any(v != values[0] for v in values):
            option = key.removeprefix("run.").replace("_", "-")
            cells = "".join(f" {_shown(value)} |" for value in values)
            rows.append(f"| `--{option}` |{cells}")
    return "\n".join(rows)


def _flat(values: dict[str, Any], prefix: str = "") -> Iterator[tuple]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def write_pages(app: sphinx.application.Sphinx | None = None) -> None:
    """Writes the pages, where they changed, and removes others.

    Args:
        app: Sphinx, which calls it before it reads the sources.
    """
    FOLDER.mkdir(exist_ok=True)
    for page in FOLDER.glob("*.md"):
        if page.stem not in cli.COMMANDS:
            page.unlink()
    for name in cli.COMMANDS:
        write_if_changed(FOLDER / f"{name}.md", _page(name))


def write_if_changed(file: pathlib.Path, content: str) -> None:
    """Writes a file, and leaves it and its date alone if it is the same."""
    if not file.exists() or file.read_text() != content:
        file.write_text(content)


def setup(app: sphinx.application.Sphinx) -> dict[str, bool]:
    """Registers the hook."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True}
