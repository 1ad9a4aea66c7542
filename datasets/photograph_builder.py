"""The shared part of the TFDS builders of real photographs."""

import collections
import concurrent.futures
import os
import pathlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import tensorflow_datasets as tfds

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.names import printable
from dmtdr_tf.files.whole_file import write_text
from dmtdr_tf_datasets import journal
from dmtdr_tf_datasets.build_lock import build_lock
from dmtdr_tf_datasets.console import notify, progress, quiet
from dmtdr_tf_datasets.listing import Listing
from dmtdr_tf_datasets.manifest import Changes, Manifest
from dmtdr_tf_datasets.official_folder import Published
from dmtdr_tf_datasets.preparation import Source, features, prepare_sample

__all__ = ["PhotographBuilder"]

# Lists the photographs that could not be used, next to the records.
_UNREADABLE = "unreadable.txt"


class _UnusableSplitError(UserError):
    """A split of which no photograph can be used."""

    def __init__(self, dataset: str, split: str, photographs: int) -> None:
        super().__init__(
            f"{dataset}: none of the {photographs} photographs of split "
            f"{split!r} can be used; the records do without this split"
        )
        self.split = split


# TFDS loads its classes lazily, so mypy does not see what they take.
class PhotographBuilder(
    tfds.core.GeneratorBasedBuilder,
    skip_registration=True,  # type: ignore[call-arg]
):
    """Prepares photographs on all cores and resumes interrupted builds.

    A journal next to the records keeps prepared photographs until all records
    are written, so a build needs twice their space for a while. Subclasses
    define `_info`, usually by `_photograph_info`, and `list_photographs`.
    Their configurations are `PhotographConfig`s.

    If the download configuration has Beam options or a Beam runner, Beam
    prepares the photographs. Then there is no journal, and an interrupted
    build starts again.
    """

    VERSION = tfds.core.Version("1.1.0")
    RELEASE_NOTES = {
        "1.0.0": "First release.",
        "1.1.0": "Adds the quality of every photograph.",
    }

    _journal = pathlib.Path()
    _on_beam = False
    _listing: Listing | None = None
    _manifest: Manifest | None
    # Name of a photograph that cannot be used to the reason.
    _reasons: dict[str, str]
    # Splits of which no photograph can be used.
    _unusable: set[str]

    @property
    def published(self) -> Published:
        """Published counts of this configuration, to compare with."""
        return {}

    @property
    def unreadable(self) -> list[str]:
        """One line for every photograph that could not be used.

        A build by Beam names them only in the logs of its workers.
        """
        path = pathlib.Path(self.data_dir) / _UNREADABLE
        return path.read_text().splitlines() if path.exists() else []

    @property
    def prepared_from(self) -> str:
        """The folder that the records were made from; empty if unknown."""
        manifest = Manifest.load(self.data_dir)
        return manifest.root if manifest else ""

    def list_photographs(self, manual_dir: str) -> Listing:
        """Lists the photographs of a folder and its tables.

        Args:
            manual_dir: The folder that the user gave.

        Raises:
            UserError: It has another layout, or a table is wrong.
        """
        raise NotImplementedError

    def changes(self, manual_dir: str) -> Changes:
        """Compares a folder with the photographs of the prepared records.

        Args:
            manual_dir: The folder that the user gave.

        Returns:
            The changes; none if the records have no manifest.

        Raises:
            UserError: As `list_photographs`.
        """
        manifest = Manifest.load(self.data_dir)
        if manifest is None:
            return Changes()
        with quiet():
            now = self.list_photographs(manual_dir)
        return manifest.changes(Manifest.of(now.root, now.sources))

    def download_and_prepare(self, **options: Any) -> None:
        """Prepares the records as TFDS does, then removes the journal.

        Raises:
            UserError: Another process is preparing them, or there is no
                photograph that can be used.
        """
        with build_lock(self.data_dir):
            self._prepare_records(options)

    def _prepare_records(self, options: Mapping[str, Any]) -> None:
        self._listing, self._reasons, self._unusable = None, {}, set()
        self._manifest = None
        # While TFDS builds, `data_dir` is a folder that will be renamed.
        self._journal = pathlib.Path(f"{self.data_dir}.journal")
        settings = options.get("download_config")
        self._on_beam = bool(
            settings and (settings.beam_options or settings.beam_runner)
        )
        while not self._build(options):
            # TFDS writes no empty split, so it starts again without this one.
            # Photographs that are prepared are in the journal.
            pass
        if self._reasons:
            lines = "".join(f"{line}\n" for line in self._reasons.values())
            write_text(pathlib.Path(self.data_dir) / _UNREADABLE, lines)
        # None where the records were there already.
        if self._manifest is not None:
            self._manifest.save(self.data_dir)
        journal.remove(self._journal)

    def _build(self, options: Mapping[str, Any]) -> bool:
        """Builds the records; False if a split turned out to be unusable."""
        try:
            super().download_and_prepare(**options)
        except _UnusableSplitError as error:
            self._unusable.add(error.split)
            notify(str(error))
            return False
        except (ValueError, RuntimeError) as error:
            # From Beam's writer, which alone knows how many there are.
            if not (self._on_beam and "examples is 0" in str(error)):
                raise
            raise UserError(
                f"{self.name}: all photographs of a split are unreadable; "
                "the lines above name them"
            ) from None
        return True

    def _photograph_info(
        self, homepage: str | None = None, **labels: Any
    ) -> tfds.core.DatasetInfo:
        """Returns the data set's information.

        Args:
            homepage: The data set's web page.
            **labels: Features in addition to the common ones.
        """
        return self.dataset_info_from_configs(
            features=features(self.builder_config.size, **labels),
            homepage=homepage,
        )

    def _split_generators(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Any]:
        """Prepares every split that has photographs, and names the others."""
        listing = self._listing
        if listing is None:
            needs_folder = self.MANUAL_DOWNLOAD_INSTRUCTIONS
            folder = os.fspath(dl_manager.manual_dir) if needs_folder else ""
            listing = self._listing = self.list_photographs(folder)
            self._manifest = Manifest.of(listing.root, listing.sources)
            for split, members in listing.sources.items():
                if not members:
                    notify(f"{self.name}: no photograph in split {split!r}")
        usable = {
            split: members
            for split, members in listing.sources.items()
            if members and split not in self._unusable
        }
        if not usable:
            reason = next(iter(self._reasons.values()), "there is none")
            raise UserError(
                f"{self.name}: no photograph can be used; the first: {reason}"
            )
        return {
            split: self._generate_examples(split, members)
            for split, members in usable.items()
        }

    def _generate_examples(self, split: str, sources: Sequence[Source]) -> Any:
        """Prepares a split's photographs, here or on Beam's workers."""
        if not self._on_beam:
            return self._prepare_here(split, sources)
        # Apache Beam is an optional dependency.
        from dmtdr_tf_datasets import beam_build

        return beam_build.examples(
            sources, self.builder_config.size, self.name, split
        )

    def _process_pipeline_result(self, pipeline_result: Any) -> None:
        from dmtdr_tf_datasets import beam_build

        for split, skipped in beam_build.skipped(pipeline_result).items():
            notify(f"{self.name}: skipped {skipped} photographs of {split!r}")

    def _prepare_here(
        self, split: str, sources: Sequence[Source]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Prepares a split's photographs and names those it cannot use.

        Args:
            split: Name of the split.
            sources: The photographs.

        Yields:
            Key and sample.

        Raises:
            _UnusableSplitError: None of them could be used.
            OSError: The disk is full.
        """
        skipped = 0
        with journal.Journal(self._journal) as saved:
            for source, sample in self._samples(split, sources, saved):
                if isinstance(sample, str):
                    skipped += 1
                    if source.name not in self._reasons:
                        notify(f"{self.name}: skipped: {sample}")
                    self._reasons[source.name] = printable(sample)
                else:
                    yield source.name, {**sample, **source.features()}
        if skipped == len(sources):
            raise _UnusableSplitError(self.name, split, skipped)
        if skipped:
            notify(
                f"{self.name}: skipped {skipped} of {len(sources)} "
                f"photographs of split {split!r}"
            )

    def _samples(
        self, split: str, sources: Sequence[Source], saved: journal.Journal
    ) -> Iterator[tuple[Source, dict[str, Any] | str]]:
        """Yields samples from the journal, or prepares and saves them.

        A text in place of a sample says why the photograph cannot be used.
        """
        size = self.builder_config.size
        stamps = saved.stamps()
        done = {s.name for s in sources if stamps.get(s.name) == s.stamp()}
        if done:
            notify(
                f"{self.name}: resuming: {len(done)} of {len(sources)} "
                f"photographs of split {split!r} are already prepared"
            )

        def prepare(source: Source) -> dict[str, Any] | str | None:
            if source.name in done:
                return None
            if source.name in self._reasons:
                return self._reasons[source.name]
            sample = prepare_sample(source, size)
            # While the system still holds what it read.
            if self._manifest is not None:
                self._manifest.digest(source.name)
            return sample

        pairs = zip(sources, _ordered_map(prepare, sources), strict=True)
        label = f"{self.name}/{self.builder_config.name} {split}"
        for source, sample in progress(pairs, len(sources), label):
            if sample is None:
                sample = saved.read(source.name)
            elif not isinstance(sample, str):
                saved.write(source.name, source.stamp(), sample)
            yield source, sample


def _ordered_map(
    function: Callable[[Source], Any], sources: Iterable[Source]
) -> Iterator[Any]:
    """Maps with threads, in order, keeping only a few results in memory.

    Threads suffice because OpenCV releases Python's lock.
    """
    workers = os.cpu_count() or 1
    pending: collections.deque[concurrent.futures.Future[Any]]
    pending = collections.deque()
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for source in sources:
            pending.append(pool.submit(function, source))
            if len(pending) > 2 * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
