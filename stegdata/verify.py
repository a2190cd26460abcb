"""Hold covers and shards to their manifests: what is missing, changed or extra."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from stegdata import checksums, manifest, progress, splits
from stegdata.checksums import MANIFEST
from stegdata.errors import DataError
from stegdata.files import sha256
from stegdata.folders import is_system
from stegdata.manifest import PAIRS
from stegdata.names import Part, StegoSet

MISSING, CHANGED, EXTRA = "missing", "changed", "extra"


@dataclass(frozen=True, order=True)
class Finding:
    """A file or folder that is not as its manifest says: `what` is missing, changed or extra."""

    path: Path
    what: str
    reason: str

    def __str__(self) -> str:
        """One line: changed results/...: why."""
        return f"{self.what} {self.path}: {self.reason}"


def verify(results: Path) -> tuple[int, list[Finding]]:
    """Hash every cover, shard and file of features below a folder of results and compare with the manifests.

    Parameters
    ----------
    results : Path
        Holds `covers/<source>/[q<quality>/]<split>-<nnn>/`, `shards/<source>/<stego set>/` and
        `features/<set>/<source>/<covers or stego set>/`.

    Returns
    -------
    checked : int
        Files that were hashed.
    findings : list of Finding
        Sorted; empty if all is as it was made.

    Raises
    ------
    DataError
        There are neither covers nor shards.
    """
    results = Path(results)
    sources = sorted(folder for folder in results.glob("covers/*") if folder.is_dir())
    covers = [(source, folder) for source in sources for folder in _cover_folders(source)]
    sets, features = (_folders(results, pattern) for pattern in ("shards/*/*", "features/*/*/*"))
    if not covers and not sets:
        raise DataError(f"{results}: expected covers or shards below it, found none: make some first")
    checked, findings = 0, [finding for folder in sets for finding in _covers_gone(results, folder)]
    folders = [*covers, *((None, folder) for folder in sets)]
    for source, folder in progress.follow(folders, "verify", unit="folder"):
        hashed, found = _check(folder, "shard" if source is None else "cover", () if source else (PAIRS,))
        checked += hashed
        findings += found
        if not found:
            findings += _check_pairs(folder) if source is None else _check_names(source, folder)
    for folder in progress.follow(features, "verify features", unit="folder"):
        hashed, found = _check(folder, "file", ())
        checked += hashed
        findings += found
    return checked, sorted(set(findings))


def compare(listed: dict[Path, str], there: set[Path]) -> Iterator[Finding]:
    """Hold files to their hashes: those that are listed, and those that are there."""
    yield from (Finding(path, MISSING, "listed in the manifest") for path in listed.keys() - there)
    yield from (Finding(path, EXTRA, "in no manifest") for path in there - listed.keys())
    for path in progress.follow(sorted(listed.keys() & there), "verify", unit="file"):
        try:
            found = sha256(path)
        except DataError as error:
            yield Finding(path, CHANGED, f"cannot be read: {error}")
            continue
        if found != listed[path]:
            yield Finding(path, CHANGED, f"sha256 {listed[path][:12]}... expected, {found[:12]}... got")


def _folders(results: Path, pattern: str) -> list[Path]:
    """Folders of a pattern that hold something."""
    return sorted(folder for folder in results.glob(pattern) if folder.is_dir() and any(folder.iterdir()))


def _cover_folders(source: Path) -> list[Path]:
    """Folders of PGMs and of JPEGs."""
    found = [*source.glob("*-[0-9][0-9][0-9]"), *source.glob("q*/*-[0-9][0-9][0-9]")]
    return sorted(folder for folder in found if folder.is_dir() and not folder.name.startswith("."))


def _check(folder: Path, key: str, more: Iterable[str]) -> tuple[int, list[Finding]]:
    """Compare the files of a folder with its manifest; `more` files are in no manifest."""
    if not (folder / MANIFEST).exists():
        return 0, [Finding(folder / MANIFEST, MISSING, "without it nothing can be compared; make it again")]
    try:
        listed = {folder / name: digest for name, digest in checksums.read(folder / MANIFEST, key).items()}
    except DataError as error:
        return 0, [Finding(folder / MANIFEST, CHANGED, str(error))]
    there = set(_files(folder, more))
    return len(listed.keys() & there), list(compare(listed, there))


def _files(folder: Path, more: Iterable[str] = ()) -> Iterator[Path]:
    """Files of a folder but for its manifest; of hidden ones those that this project left half-written."""
    for file in folder.iterdir():
        if file.name not in (MANIFEST, *more) and (not is_system(file.name) or file.suffix == ".tmp"):
            yield file


def _check_names(source: Path, folder: Path) -> Iterator[Finding]:
    """Whether a folder of covers holds those that the split dealt to it."""
    if not (source / "split.tsv").exists():
        yield Finding(source / "split.tsv", MISSING, "without it nobody knows which cover is in which split")
        return
    try:
        dealt = set(splits.covers_of(source / "split.tsv", Part.parse(folder.name)))
    except DataError as error:
        yield Finding(source / "split.tsv", CHANGED, str(error))
        return
    found = {file.stem for file in _files(folder)}
    if not dealt:
        yield Finding(folder, EXTRA, "not in split.tsv")
    elif found != dealt:
        yield Finding(folder, CHANGED, f"its covers are not those of split.tsv ({min(found ^ dealt)} is in one only)")


def _check_pairs(folder: Path) -> Iterator[Finding]:
    """Whether `pairs.tsv` is what the shards say."""
    if not (folder / PAIRS).exists():
        yield Finding(folder / PAIRS, MISSING, "made beside the manifest")
        return
    names = checksums.read(folder / MANIFEST, "shard")
    with tempfile.TemporaryDirectory(prefix="verify-") as scratch:
        expected = Path(scratch) / PAIRS
        manifest.write_pairs(expected, [folder / name for name in names])
        if expected.read_bytes() != (folder / PAIRS).read_bytes():
            yield Finding(folder / PAIRS, CHANGED, "other numbers than the shards hold")


def _covers_gone(results: Path, folder: Path) -> Iterator[Finding]:
    """Folders of covers that are gone, though shards were made of them."""
    for shard in sorted(folder.glob("*.h5")):
        try:
            stego_set, part = StegoSet.of_path(shard), Part.parse(shard.stem)
        except DataError:
            continue
        if stego_set.payload is None:
            continue
        for made_of in {stego_set.source, stego_set.origin}:
            covers = results / "covers" / made_of / str(part)
            if not covers.is_dir():
                yield Finding(covers, MISSING, "covers of shards that are there")
