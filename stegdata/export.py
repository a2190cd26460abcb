"""Stegos of shards as image files, for tools that read those: PGM, or JPEG where JPEG covers were embedded."""

from collections.abc import Sequence
from pathlib import Path, PurePath

import numpy as np

from embedders import Domain
from stegdata import checksums, progress, shards
from stegdata.errors import DataError
from stegdata.files import atomic_folder
from stegdata.formats import images, jpeg
from stegdata.shards import Shard


def stegos(folder: Path, shard_paths: Sequence[Path], cover_folders: Sequence[Path] = ()) -> int:
    """Write every stego as `<split>/<cover name>.pgm`, or `.jpg`, of a folder that appears whole; return how many.

    `SHA256SUMS` of each split holds their hashes, and keeps them from being taken as covers.

    A folder that is there is replaced. JPEG stegos need the folder of covers of each shard: their coefficients are the
    cover's plus the changes in the shard. Raises DataError for a shard or cover that cannot be read, a cover that is
    missing or is not the shard's, two covers of one name in a split, a file that cannot be written.
    """
    with atomic_folder(folder, replace=True) as temporary:
        return _write(temporary, shard_paths, cover_folders)


def _write(folder: Path, shard_paths: Sequence[Path], cover_folders: Sequence[Path]) -> int:
    written: set[Path] = set()
    for number, shard_path in enumerate(map(Path, shard_paths)):
        shard = shards.read(shard_path)
        domain = Domain.JPEG if cover_folders else Domain.SPATIAL
        target = folder / shards.split_of(shard_path, shard)
        target.mkdir(exist_ok=True)
        for row, name in enumerate(progress.follow(shard.names.tolist(), shard_path.name)):
            file = target / f"{name}{domain.suffix}"
            if PurePath(name).name != name or file in written:
                raise DataError(
                    f"{shard_path}: expected names of files, each once in a split, got '{name}' (again): export the "
                    "shards of each source to a folder of their own"
                )
            if cover_folders:
                if "changes" not in shard.planes:  # of precomputed pairs, or made before 0.2
                    raise DataError(
                        f"{shard_path}: expected changes of coefficients, got a shard without: delete it and make it "
                        f"again: `snakemake {shard_path}`"
                    )
                _write_jpeg(file, shard, row, Path(cover_folders[number]) / file.name)
            else:
                images.write_pgm(file, shard.stego[row])
            written.add(file)
    for target in sorted({file.parent for file in written}):
        checksums.write(target, sorted(file for file in written if file.parent == target), comment=checksums.STEGOS)
    return len(written)


def _write_jpeg(file: Path, shard: Shard, row: int, cover_path: Path) -> None:
    cover, changes = jpeg.read(cover_path), shard.planes["changes"][row]
    plane, *others = cover.coefficients
    if plane.shape == changes.shape:
        jpeg.write(file, cover, (plane + changes, *others))
        if np.array_equal(jpeg.read(file).luminance, shard.stego[row]):
            return
        file.unlink()
    raise DataError(
        f"{cover_path}: expected the cover of the stego that the shard holds, got another: it changed since; make the "
        "covers and the shards again"
    )
