"""Compare covers, shards and features with their hashes: which files are missing, changed or extra."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stegdata import checksums, progress, splits
from stegdata.checksums import SUMS
from stegdata.errors import DataError
from stegdata.files import sha256
from stegdata.folders import is_system
from stegdata.names import Part, StegoSet
from stegdata.sources import changed_images

MISSING, CHANGED, EXTRA = "missing", "changed", "extra"


@dataclass(frozen=True, order=True)
class Finding:
    """A file or folder that is not as it was made: `status` is missing, changed or extra."""

    path: Path
    status: str
    reason: str

    def __str__(self) -> str:
        """One line: changed results/...: why."""
        return f"{self.status} {self.path}: {self.reason}"


def verify(
    results: Path, sources: Mapping[str, Mapping[str, Any]] | None = None
) -> tuple[int, list[Finding], list[Path]]:
    """Hash every cover, shard and file of features below a folder of results and compare with `SHA256SUMS`.

    Parameters
    ----------
    results : Path
    sources : mapping, optional
        `sources` of a checked configuration: the pixels of a user's own images, where they are there, are compared with
        those that were split.

    Returns
    -------
    checked : int
        Files that were hashed.
    findings : list of Finding
        Sorted; empty if all files are as they were made.
    deleted : list of Path
        Folders of covers that are gone though shards were made of them, as they may be: the shards hold the covers.

    Raises DataError where there are neither covers nor shards.
    """
    results = Path(results)
    of_covers = sorted(folder for folder in results.glob("covers/*") if folder.is_dir())
    source_of = {folder: source for source in of_covers for folder in _cover_folders(source)}
    stego_sets, features = (_folders(results, pattern) for pattern in ("shards/*/*", "features/*/*/*"))
    if not source_of and not stego_sets:
        raise DataError(f"{results}: expected covers or shards below it, found none: make some first")
    checked, findings = 0, list[Finding]()
    for folder in progress.follow([*source_of, *stego_sets, *features], "verify", unit="folder"):
        hashed, differing = _check(folder)
        checked += hashed
        findings += differing
        if folder in source_of and not differing:
            findings += _check_names(source_of[folder], folder)
    for name, entry in (sources or {}).items():
        findings += [
            Finding(Path(entry["path"], image), CHANGED, why) for image, why in changed_images(entry, name, results)
        ]
    deleted = {covers for folder in stego_sets for covers in _covers_of(results, folder) if covers not in source_of}
    return checked, sorted(set(findings)), sorted(deleted)


def compare(listed: Mapping[Path, str], on_disk: set[Path]) -> Iterator[Finding]:
    """Compare files with their hashes: those that are listed, and those on disk."""
    yield from (Finding(path, MISSING, f"listed in {SUMS}") for path in listed.keys() - on_disk)
    yield from (Finding(path, EXTRA, f"in no {SUMS}") for path in on_disk - listed.keys())
    for path in progress.follow(sorted(listed.keys() & on_disk), "verify", unit="file"):
        try:
            digest = sha256(path)
        except DataError as error:
            yield Finding(path, CHANGED, f"cannot be read: {error}")
            continue
        if digest != listed[path]:
            yield Finding(path, CHANGED, f"sha256 {listed[path][:12]}... expected, {digest[:12]}... got")


def _folders(results: Path, pattern: str) -> list[Path]:
    """Folders of a pattern that hold something."""
    return sorted(folder for folder in results.glob(pattern) if folder.is_dir() and any(folder.iterdir()))


def _cover_folders(source: Path) -> list[Path]:
    """Folders of PGMs and of JPEGs."""
    folders = [*source.glob("*-[0-9][0-9][0-9]"), *source.glob("q*/*-[0-9][0-9][0-9]")]
    return sorted(folder for folder in folders if folder.is_dir() and not folder.name.startswith("."))


def _check(folder: Path) -> tuple[int, list[Finding]]:
    """Compare the files of a folder with its `SHA256SUMS`."""
    if not (folder / SUMS).exists():
        return 0, [Finding(folder / SUMS, MISSING, "without it nothing can be compared; make the folder again")]
    try:
        listed = {folder / name: digest for name, digest in checksums.read(folder).items()}
    except DataError as error:
        return 0, [Finding(folder / SUMS, CHANGED, str(error))]
    on_disk = set(_files(folder))
    return len(listed.keys() & on_disk), list(compare(listed, on_disk))


def _files(folder: Path) -> Iterator[Path]:
    """Files of a folder but for its sums; of hidden ones those that this project left half-written."""
    for file in folder.iterdir():
        if file.name != SUMS and (not is_system(file.name) or file.suffix == ".tmp"):
            yield file


def _check_names(source: Path, folder: Path) -> Iterator[Finding]:
    """Check that a folder of covers holds those that the split assigned to it."""
    if not (source / "split.tsv").exists():
        yield Finding(source / "split.tsv", MISSING, "the split of each cover is unknown without it")
        return
    try:
        assigned = set(splits.covers_of(source / "split.tsv", Part.parse(folder.name)))
    except DataError as error:
        yield Finding(source / "split.tsv", CHANGED, str(error))
        return
    names = {file.stem for file in _files(folder)}
    if not assigned:
        yield Finding(folder, EXTRA, "not in split.tsv")
    elif names != assigned:
        different = min(names ^ assigned)
        yield Finding(folder, CHANGED, f"its covers are not those of split.tsv ({different} is in one only)")


def _covers_of(results: Path, folder: Path) -> Iterator[Path]:
    """Folders of covers that the shards of a folder were made of."""
    for shard in sorted(folder.glob("*.h5")):
        try:
            stego_set, part = StegoSet.of_path(shard), Part.parse(shard.stem)
        except DataError:
            continue
        origins = set() if stego_set.precomputed else {stego_set.source, stego_set.origin}
        for origin in origins:
            yield results / "covers" / origin / str(part)
