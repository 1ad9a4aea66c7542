"""Writes a page for each room of the API, and one for the public names."""

import importlib
import pathlib
import pkgutil
import types

import sphinx.application
from command_pages import write_if_changed

import dmtdr_tf

FOLDER = pathlib.Path(__file__).parents[1] / "api"

# Not for import: the console script and its commands.
_HIDDEN = ("dmtdr_tf.cli", "dmtdr_tf.commands")


def rooms() -> dict[str, list[str]]:
    """Returns the rooms of the package and their modules, by name."""
    found: dict[str, list[str]] = {}
    for info in pkgutil.walk_packages(dmtdr_tf.__path__, "dmtdr_tf."):
        room = info.name.split(".")[1]
        if info.name.startswith(_HIDDEN):
            continue
        found.setdefault(room, [])
        if not info.ispkg and not _is_private(info.name):
            found[room].append(info.name)
    return found


def _is_private(name: str) -> bool:
    return name.rpartition(".")[2].startswith("_")


def _room_page(room: str, modules: list[str]) -> str:
    package = importlib.import_module(f"dmtdr_tf.{room}")
    title = f"# dmtdr_tf.{room}"
    lines = [title, "", *(package.__doc__ or "").splitlines(), ""]
    for module in modules:
        if len(modules) > 1 or module != f"dmtdr_tf.{room}":
            lines += [f"## {module.partition('.')[2]}", ""]
        lines += [
            "```{eval-rst}",
            f".. automodule:: {module}",
            "   :members:",
            "   :show-inheritance:",
            "```",
            "",
        ]
    return "\n".join(lines)


def public_names() -> list[str]:
    """Returns a table, in lines, of what `import dmtdr_tf` gives."""
    lines = ["| name | what it is | documented as |", "|---|---|---|"]
    for name in sorted(getattr(dmtdr_tf, "__all__", [])):
        value = getattr(dmtdr_tf, name)
        if isinstance(value, str):
            continue
        what = (value.__doc__ or "").strip().partition("\n")[0]
        if isinstance(value, types.ModuleType):
            where = f"[the module]({name}.md)"
        else:
            where = f"{{py:obj}}`{value.__module__}.{value.__qualname__}`"
        lines.append(f"| `dmtdr_tf.{name}` | {what} | {where} |")
    return lines


def write_pages(app: sphinx.application.Sphinx) -> None:
    """Writes the pages, where they changed, and removes others.

    Args:
        app: Sphinx, which calls it before it reads the sources.
    """
    FOLDER.mkdir(exist_ok=True)
    pages = {room: _room_page(room, names) for room, names in rooms().items()}
    pages["public"] = "\n".join(["# dmtdr_tf", "", *public_names(), ""])
    for page in FOLDER.glob("*.md"):
        if page.stem not in pages:
            page.unlink()
    for name, content in pages.items():
        write_if_changed(FOLDER / f"{name}.md", content)


def setup(app: sphinx.application.Sphinx) -> dict[str, bool]:
    """Registers the hook."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True}
