"""What the TFDS builders of real photographs do alike."""

import collections
import concurrent.futures
import os
import pathlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import tensorflow_datasets as tfds
import tqdm

from dmtdr_tf.files.errors import UserError
from dmtdr_tf_datasets import journal
from dmtdr_tf_datasets.preparation import (
    Published,
    Source,
    prepare_sample,
    tell,
)

# What could not be used, beside the records.
_UNREADABLE = "unreadable.txt"


# TFDS loads its classes lazily: mypy does not see what they take.
class PhotographBuilder(
    tfds.core.GeneratorBasedBuilder,
    skip_registration=True,  # type: ignore[call-arg]
):
    """Prepares photographs on all cores; an interrupted build goes on.

    Prepared photographs are kept in a journal beside the records until all
    are written, which takes their space once more meanwhile. A subclass says
    what there is, in `_info` and `_split_generators`; its configurations have
    a `size`.

    Where the download configuration has Beam options or a Beam runner, that
    one prepares the photographs, and there is no journal: it begins anew.
    """

    _journal = pathlib.Path()
    _on_beam = False
    _lines: Sequence[str] = ()

    @property
    def published(self) -> Published:
        """What others say that this configuration holds; for a warning."""
        return {}

    @property
    def unreadable(self) -> list[str]:
        """A line for every photograph that could not be used.

        Of a build by Beam they are in its workers' logs alone.
        """
        path = pathlib.Path(self.data_dir) / _UNREADABLE
        return path.read_text().splitlines() if path.exists() else []

    def download_and_prepare(self, **options: Any) -> None:
        """As TFDS; then removes the journal."""
        self._lines = []
        # While TFDS builds, `data_dir` is a folder that will be renamed.
        self._journal = pathlib.Path(f"{self.data_dir}.journal")
        settings = options.get("download_config")
        self._on_beam = bool(
            settings and (settings.beam_options or settings.beam_runner)
        )
        try:
            super().download_and_prepare(**options)
        except (ValueError, RuntimeError) as error:
            # Beam's writer, which alone knows how many there are.
            if not (self._on_beam and "examples is 0" in str(error)):
                raise
            raise UserError(
                f"{self.name}: all photographs of a split are unreadable; "
                "the lines above name them"
            ) from None
        if self._lines:
            path = pathlib.Path(self.data_dir) / _UNREADABLE
            path.write_text("".join(f"{line}\n" for line in self._lines))
        journal.remove(self._journal)

    def _generate_examples(self, split: str, sources: Sequence[Source]) -> Any:
        """Prepares a split's photographs, here or on Beam's workers."""
        if not self._on_beam:
            return self._prepare_here(split, sources)
        # An extra: TensorFlow's users rarely have it.
        from dmtdr_tf_datasets import beam_build

        return beam_build.examples(
            sources, self.builder_config.size, self.name, split
        )

    def _process_pipeline_result(self, pipeline_result: Any) -> None:
        from dmtdr_tf_datasets import beam_build

        for split, skipped in beam_build.skipped(pipeline_result).items():
            tell(f"{self.name}: skipped {skipped} photographs of {split!r}")

    def _prepare_here(
        self, split: str, sources: Sequence[Source]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Prepares a split's photographs; what cannot be used is named.

        Args:
            split: The split's name.
            sources: The photographs.

        Yields:
            Key and sample.

        Raises:
            UserError: Not one of them could be used.
            OSError: The disk is full.
        """
        size = self.builder_config.size
        skipped = 0
        with journal.Journal(self._journal) as kept:
            known = kept.stamps()
            done = {s.name for s in sources if known.get(s.name) == s.stamp()}
            if done:
                tell(
                    f"{self.name}: goes on: {len(done)} of {len(sources)} "
                    f"photographs of split {split!r} are prepared"
                )

            def prepare(source: Source) -> dict[str, Any] | str | None:
                return (
                    None
                    if source.name in done
                    else prepare_sample(source, size)
                )

            prepared = _ordered_map(prepare, sources)
            pairs = zip(sources, prepared, strict=True)
            where = f"{self.name}/{self.builder_config.name} {split}"
            for source, sample in progress(pairs, len(sources), where):
                if isinstance(sample, str):
                    skipped += 1
                    self._lines = [*self._lines, sample]
                    tell(f"{self.name}: skipped: {sample}")
                    continue
                if sample is None:
                    sample = kept.read(source.name)
                else:
                    kept.write(source.name, source.stamp(), sample)
                yield source.name, {**sample, **source.features()}
        if skipped == len(sources):
            raise UserError(
                f"{self.name}: all {skipped} photographs of split {split!r} "
                f"are unreadable, among them {sources[0].image}"
            )
        if skipped:
            tell(
                f"{self.name}: skipped {skipped} of {len(sources)} "
                f"photographs of split {split!r}"
            )


def progress(items: Iterable, total: int, where: str) -> Iterable:
    """Shows how many of them are done, and how long the others will take.

    Args:
        items: What to go through.
        total: How many they are.
        where: What they belong to.
    """
    terminal = sys.stderr.isatty()
    return tqdm.tqdm(
        items,
        where,
        total,
        unit=" photographs",
        # A log has no line to draw over.
        mininterval=0.5 if terminal else 30,
        ascii=not terminal,
    )


def _ordered_map(
    function: Callable[[Source], Any], sources: Iterable[Source]
) -> Iterator[Any]:
    """Maps with threads (OpenCV releases the GIL), in order, in few at once."""
    workers = os.cpu_count() or 1
    pending: collections.deque[concurrent.futures.Future] = collections.deque()
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for source in sources:
            pending.append(pool.submit(function, source))
            if len(pending) > 2 * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
