"""Stegos of shards as PGM or JPEG files, for tools that read image files."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

import numpy as np
from numpy.typing import NDArray

from stegdata import images, jpeg, pairs, progress, shards
from stegdata.errors import DataError


def stegos(folder: Path, shard_paths: Sequence[Path]) -> None:
    """Write every stego as `<split>/<cover name>.pgm` under a folder, for tools that read image files.

    Raises
    ------
    DataError
        A shard that cannot be read, two covers of one name in a split, a file that cannot be written.
    """
    written: set[Path] = set()
    for shard_path in map(Path, shard_paths):
        shard = shards.read(shard_path)
        target = _made(Path(folder) / shards.split_of(shard_path, shard))
        for name, stego in zip(shard.names, shard.stego, strict=True):
            file = target / f"{name}.pgm"
            if PurePath(name).name != name or file in written:
                raise DataError(
                    f"{shard_path}: expected names of files, each once in a split, got '{name}' (again): export the "
                    "shards of each source to a folder of their own"
                )
            images.write_pgm(file, stego)
            written.add(file)


def jpeg_stegos(
    folder: Path, cover_folder: Path, embed: pairs.EmbedCoefficients, expected: Mapping[str, NDArray[np.uint8]]
) -> int:
    """Embed every JPEG of a folder once more and write `<folder>/<name>.jpg`; return how many.

    Raises
    ------
    DataError
        If a cover is missing, a stego's pixels are not those expected, or a file cannot be read or written.
    """
    files = pairs.files(cover_folder, "*.jpg")
    if missing := expected.keys() - {file.stem for file in files}:
        raise DataError(
            f"{Path(cover_folder) / min(missing)}.jpg: expected this cover of the shard, got no file: make the covers "
            "again"
        )
    target = _made(Path(folder))
    for file in progress.follow(files, target.name):
        cover = jpeg.read(file)
        plane, table = cover.coefficients[0], cover.quantization_tables[0]
        stego, pixels, _, _ = pairs.named(file, embed, file.stem, plane, table)
        if not np.array_equal(pixels[: cover.height, : cover.width], expected.get(file.stem)):
            raise DataError(
                f"{file}: expected the stego that the shard holds, got another: cover or software changed since; make "
                "the shards again"
            )
        jpeg.write(target / file.name, cover, (stego, *cover.coefficients[1:]))
    return len(files)


def _made(folder: Path) -> Path:
    """Make a folder unless it is there; DataError where that is not possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder}: expected to make this folder, got {error}: check permissions") from error
    return folder
