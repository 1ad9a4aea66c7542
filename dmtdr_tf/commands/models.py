"""`dmtdr models`: lists the trained models that come with dmtdr_tf."""

import dataclasses
import textwrap
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import tyro

from dmtdr_tf.commands.terminal import show
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.json_file import read_object
from dmtdr_tf.files.names import printable
from dmtdr_tf.labels import LESIONS
from dmtdr_tf.pretrained.model_name import find_model
from dmtdr_tf.pretrained.preset_folder import (
    EVALUATION,
    README,
    WEIGHTS,
    PresetFolder,
)
from dmtdr_tf.pretrained.shipped import (
    default_model,
    shipped_folder,
    shipped_models,
)

__all__ = ["Arguments", "check", "run", "uses_tensorflow"]


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Lists the trained models that come with dmtdr_tf, and their figures.

    Every command takes such a name as `--model`; the first one is the default.

    Args:
        name: A model whose card is printed whole; all are listed without it.
    """

    name: Annotated[
        tyro.conf.Positional[str], tyro.conf.arg(metavar="NAME")
    ] = ""


def check(arguments: Arguments) -> None:
    """Refuses a model that does not come with dmtdr_tf.

    Args:
        arguments: From the command line.

    Raises:
        UserError: There is no such model.
    """
    if arguments.name and arguments.name not in shipped_models():
        raise UserError(
            f"no model {arguments.name!r} comes with dmtdr_tf; choose from "
            f"{', '.join(shipped_models())}"
        )


def uses_tensorflow(arguments: Arguments) -> bool:
    """Tells that nothing here needs TensorFlow.

    Args:
        arguments: From the command line.
    """
    return False


def run(arguments: Arguments) -> None:
    """Prints some lines for each model, or the card of one.

    Args:
        arguments: From the command line.

    Raises:
        UserError: A model's folder is damaged, or there is none.
    """
    if arguments.name:
        card = shipped_folder(arguments.name) / README
        for line in card.read_text(encoding="utf-8").splitlines():
            show(line)
        return
    default = default_model()
    for name in shipped_models():
        preset = find_model(name)
        assert isinstance(preset, PresetFolder)
        mark = " (default)" if name == default else ""
        show(f"{name}{mark}: {_about(preset)}")
        for line in _figures(preset):
            for row in textwrap.wrap(line, 76, subsequent_indent="  "):
                show(f"  {row}")
        show(f"  card: {printable(preset.path / README)}")


def _about(preset: PresetFolder) -> str:
    config = preset.config
    low, high = config.low_res_size, config.data.high_res_size
    size = (preset.path / WEIGHTS).stat().st_size / 1e6
    return (
        f"{size:.1f} MB, {low} x {low} to {high} x {high} pixels, trained on "
        f"{config.run.dataset} (preset {config.run.preset}, stage "
        f"{preset.latest_stage() or 'unknown'})"
    )


def _figures(preset: PresetFolder) -> Iterator[str]:
    """The main figures of the model's evaluation, which its card holds."""
    if not (preset.path / EVALUATION).exists():
        yield "not evaluated"
        return
    figures = read_object(preset.path / EVALUATION, "evaluation")
    origin, grading = figures["provenance"], figures["grading"]
    restoration = figures["super_resolution"]
    yield f"on split {origin['split']} of {origin['dataset']}:"
    yield (
        f"grade ({grading['photographs']} photographs): quadratic kappa "
        f"{_number(grading['quadratic_kappa'])}, accuracy "
        f"{_number(grading['accuracy'])}, referable AUC "
        f"{_number(grading['referable_auc'])}"
    )
    yield (
        f"PSNR ({restoration['photographs']} photographs): "
        f"{_number(restoration['psnr'])} dB (bicubic "
        f"{_number(restoration['bicubic']['psnr'])} dB)"
    )
    yield _lesions(figures["lesions"])


def _lesions(lesions: Mapping[str, Any]) -> str:
    precisions = ", ".join(
        f"{lesion} {_number(lesions[lesion]['average_precision']['pooled'])}"
        for lesion in LESIONS
    )
    count = lesions[LESIONS[0]]["photographs"]
    return f"average precision ({count} photographs): {precisions}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
