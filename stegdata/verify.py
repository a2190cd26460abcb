"""Hold covers and shards to their manifests: what is missing, changed or extra."""

import csv
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from stegdata import manifest, progress, shards, splits
from stegdata.errors import DataError
from stegdata.files import atomic_write
from stegdata.names import parse_stego_set

MANIFEST, PAIRS = "manifest.tsv", "pairs.tsv"
#: Snakemake's own, in every folder that is an output.
_STAMP = ".snakemake_timestamp"
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


def seal(folder: Path) -> None:
    """Write `manifest.tsv` into a folder of covers: the sha256 of each file, by name."""
    rows = [(file.name, shards.sha256(file)) for file in sorted(Path(folder).iterdir())]
    with atomic_write(Path(folder) / MANIFEST) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerows([("cover", "sha256"), *rows])


def verify(results: Path) -> tuple[int, list[Finding]]:
    """Hash every cover and shard below a folder of results and compare with the manifests.

    Parameters
    ----------
    results : Path
        Holds `covers/<source>/[q<quality>/]<split>-<nnn>/` and `shards/<source>/<stego set>/`.

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
    folders = [*_cover_folders(results), *_shard_folders(results)]
    if not folders:
        raise DataError(f"{results}: expected covers or shards below it, found none: make some first")
    checked, findings = 0, list(_missing_folders(results))
    for folder in progress.follow(folders, "verify", unit="folder"):
        is_cover = folder.is_relative_to(results / "covers")
        hashed, found = _check(folder, "cover" if is_cover else "shard", () if is_cover else (PAIRS,))
        checked += hashed
        findings += found
        if not found:
            findings += _check_names(results, folder) if is_cover else _check_pairs(folder)
    return checked, sorted(set(findings))


def _cover_folders(results: Path) -> list[Path]:
    """Folders of PGMs and of JPEGs."""
    found = [*results.glob("covers/*/*-[0-9][0-9][0-9]"), *results.glob("covers/*/q*/*-[0-9][0-9][0-9]")]
    return sorted(folder for folder in found if folder.is_dir() and not folder.name.startswith("."))


def _shard_folders(results: Path) -> list[Path]:
    return sorted(folder for folder in results.glob("shards/*/*") if folder.is_dir() and any(folder.iterdir()))


def _check(folder: Path, key: str, more: Iterable[str]) -> tuple[int, list[Finding]]:
    """Compare the files of a folder with its manifest; `more` files are in no manifest."""
    try:
        with (folder / MANIFEST).open(newline="", encoding="utf-8") as file:
            listed = {line[key]: line["sha256"] for line in csv.DictReader(file, delimiter="\t")}
    except FileNotFoundError:
        return 0, [Finding(folder / MANIFEST, MISSING, "without it nothing can be compared; make it again")]
    except (OSError, KeyError, ValueError, csv.Error) as error:
        return 0, [Finding(folder / MANIFEST, CHANGED, f"expected a table of {key} and sha256, got {error!r}")]
    there = {file.name: file for file in folder.iterdir()}
    findings = [Finding(folder / name, MISSING, "listed in the manifest") for name in listed.keys() - there.keys()]
    extra = there.keys() - listed.keys() - {MANIFEST, _STAMP, *more}
    findings += [Finding(folder / name, EXTRA, "in no manifest") for name in extra]
    common = sorted(listed.keys() & there.keys())
    for name in common:
        try:
            found = shards.sha256(there[name])
        except OSError as error:
            findings.append(Finding(folder / name, CHANGED, f"cannot be read ({error.strerror})"))
            continue
        if found != listed[name]:
            findings.append(
                Finding(folder / name, CHANGED, f"sha256 {listed[name][:12]}... expected, {found[:12]}... got")
            )
    return len(common), findings


def _check_names(results: Path, folder: Path) -> Iterator[Finding]:
    """Whether a folder of covers holds those that the split dealt to it."""
    source = results / "covers" / folder.relative_to(results / "covers").parts[0]
    split, _, number = folder.name.rpartition("-")
    if not (source / "split.tsv").exists():
        yield Finding(source / "split.tsv", MISSING, "without it nobody knows which cover is in which split")
        return
    try:
        dealt = set(splits.covers_of(source / "split.tsv", split, int(number)))
    except DataError as error:
        yield Finding(source / "split.tsv", CHANGED, str(error))
        return
    found = {file.stem for file in folder.iterdir() if file.name not in (MANIFEST, _STAMP)}
    if not dealt:
        yield Finding(folder, EXTRA, "not in split.tsv")
    elif found != dealt:
        yield Finding(folder, CHANGED, f"its covers are not those of split.tsv ({min(found ^ dealt)} is in one only)")


def _check_pairs(folder: Path) -> Iterator[Finding]:
    """Whether `pairs.tsv` is what the shards say."""
    if not (folder / PAIRS).exists():
        yield Finding(folder / PAIRS, MISSING, "made beside the manifest")
        return
    names = manifest.read(folder / MANIFEST)
    with tempfile.TemporaryDirectory(prefix="verify-") as scratch:
        expected = Path(scratch) / PAIRS
        manifest.write_pairs(expected, [folder / name for name in names])
        if expected.read_bytes() != (folder / PAIRS).read_bytes():
            yield Finding(folder / PAIRS, CHANGED, "other numbers than the shards hold")


def _missing_folders(results: Path) -> Iterator[Finding]:
    """Folders of covers that are gone, though shards were made of them."""
    for shard in sorted(results.glob("shards/*/*/*.h5")):
        try:
            stego_set = parse_stego_set(shard.parent.name)
        except DataError:
            continue
        source = results / "covers" / shard.parts[-3]
        made_of = [source] if stego_set.quality is None else [source, source / f"q{stego_set.quality}"]
        for folder in made_of if stego_set.payload is not None else ():
            if not (folder / shard.stem).is_dir():
                yield Finding(folder / shard.stem, MISSING, "covers of shards that are there")
