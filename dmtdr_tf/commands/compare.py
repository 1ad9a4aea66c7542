"""`dmtdr compare`: measure two models on the same photographs."""

import dataclasses
import pathlib
from typing import Annotated

import tyro

from dmtdr_tf.commands.evaluate import show_progress
from dmtdr_tf.commands.terminal import say, show
from dmtdr_tf.config.checks import require_choice, require_range
from dmtdr_tf.config.comparable import check_comparable
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.pretrained import find_model

__all__ = ["Arguments", "check", "run"]

# As in dmtdr_tf.evaluation.trained_run, which imports TensorFlow.
_SPLITS = ("train", "validation", "test")


@dataclasses.dataclass(frozen=True)
class Arguments:
    """Compares two models on the same photographs.

    Prints every figure of both, and their differences with intervals: each
    resample draws the same eyes for both models.

    Args:
        models: The models A and B, each named as for `dmtdr evaluate
            --model`. The same workdir twice compares two stages of a run, or
            a model with and without symmetries.
        dataset: TFDS name of the data set; the runs' own by default.
        split: `train`, `validation` or `test`.
        output: The file to write, `.json` or `.csv`.
        data_dir: Where TFDS keeps prepared data; that of run A by default.
        manual_dir: The folder of a data set you downloaded; that of run A by
            default.
        batch_size: How many photographs to measure at once.
        stage_a: The stage of A whose best checkpoint is measured; the latest
            finished one by default.
        stage_b: The same of B.
        symmetries_a: 8 averages A over the symmetries of the square.
        symmetries_b: The same of B.
        audit: Compare the lesions found in super-resolved photographs with
            those found in the high-resolution ones.
        bootstrap_samples: How many resamples of the eyes the intervals are
            computed from.
        seed: Seed of the resamples.
    """

    models: Annotated[
        tyro.conf.Positional[tuple[str, ...]],
        tyro.conf.arg(metavar="A B"),
    ]
    dataset: str = ""
    split: Annotated[
        str, tyro.conf.arg(metavar="{" + ",".join(_SPLITS) + "}")
    ] = "test"
    output: str = "comparison.json"
    data_dir: str = ""
    manual_dir: str = ""
    batch_size: int = 1
    stage_a: int | None = None
    stage_b: int | None = None
    symmetries_a: int = 1
    symmetries_b: int = 1
    audit: bool = True
    bootstrap_samples: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        if len(self.models) != 2:
            raise UserError(
                f"name two models to compare, not {len(self.models)}"
            )
        require_choice("split", self.split, _SPLITS)
        require_range(self, "", ("batch_size", "bootstrap_samples"), 1)
        require_range(self, "", ("seed",), 0)
        require_choice("symmetries_a", self.symmetries_a, (1, 8))
        require_choice("symmetries_b", self.symmetries_b, (1, 8))
        if pathlib.Path(self.output).suffix.lower() not in (".json", ".csv"):
            raise UserError(
                f"{self.output} must end in .json or .csv", argument="output"
            )

    @property
    def pair(self) -> tuple[str, str]:
        """What A and B are called."""
        return self.models[0], self.models[1]

    @property
    def stages(self) -> tuple[int | None, int | None]:
        """The stages of A and B."""
        return self.stage_a, self.stage_b

    @property
    def symmetries(self) -> tuple[int, int]:
        """The symmetries of A and B."""
        return self.symmetries_a, self.symmetries_b


def check(arguments: Arguments) -> None:
    """Tells the mistakes that can be told without TensorFlow.

    Args:
        arguments: From the command line.

    Raises:
        UserError: There is no such model, or the two do not fit together.
    """
    one, other = arguments.pair
    check_comparable(
        (find_model(one, ""), find_model(other, "")),
        arguments.stages,
        arguments.symmetries,
        arguments.dataset,
    )


def run(arguments: Arguments) -> None:
    """Measures both models, writes the file and prints the table.

    Args:
        arguments: From the command line.

    Raises:
        UserError: As `check`; or the split or data set does not exist, or the
            output cannot be written.
    """
    from dmtdr_tf.evaluation.bootstrap import Bootstrap
    from dmtdr_tf.evaluation.comparison import compare_workdirs
    from dmtdr_tf.evaluation.comparison_file import comparison_table

    for letter, path in zip("AB", arguments.pair, strict=True):
        say(f"{letter}: {path}")
    result = compare_workdirs(
        arguments.pair,
        arguments.output,
        split=arguments.split,
        dataset=arguments.dataset,
        data_dir=arguments.data_dir,
        manual_dir=arguments.manual_dir,
        batch_size=arguments.batch_size,
        stages=arguments.stages,
        symmetries=arguments.symmetries,
        audit=arguments.audit,
        bootstrap=Bootstrap(arguments.bootstrap_samples, arguments.seed),
        progress=show_progress,
        note=say,
    )
    print(comparison_table(result))
    show(f"Written to {arguments.output}")
