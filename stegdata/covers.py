"""Covers of one shard as PGM or JPEG files."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stegdata import images, jpeg, pairs, progress, sources, verify
from stegdata.errors import DataError
from stegdata.files import atomic_folder
from stegdata.tiles import by_image, cut


def make(
    folder: Path, names: Sequence[str], *, kind: str, path: Path | None, size: int, resize: str, tiles: int = 1
) -> None:
    """Write the named covers of a source as `<folder>/<name>.pgm`, size x size, with their manifest.

    The folder appears whole or not at all.

    With `tiles` an image is brought to tiles * size pixels, and cut into tiles x tiles covers.

    Raises
    ------
    DataError
        A cover that cannot be read or is too small (with its name), or a folder that cannot be written.
    """
    wanted = by_image(names, tiles)
    images_read = sources.read(kind, path, list(wanted), size=size)
    with atomic_folder(folder) as temporary:
        for image_name, image in progress.follow(images_read, Path(folder).name, len(wanted)):
            try:
                resized = images.resize(image, size=tiles * size, method=resize)
            except DataError as error:
                raise DataError(f"{path or kind}: {image_name}: {error}") from error
            for name, place in wanted[image_name].items():
                (temporary / f"{name}.pgm").write_bytes(images.encode_pgm(cut(resized, place, size)))
        verify.seal(temporary)


def encode(folder: Path, cover_folder: Path, quality: int) -> None:
    """Compress every PGM of a folder to `<folder>/<name>.jpg`, grey, standard tables, with their manifest.

    The folder appears whole or not at all.

    Raises
    ------
    DataError
        No covers, one that cannot be read, or a folder that cannot be written.
    """
    with atomic_folder(folder) as temporary:
        for file in progress.follow(pairs.files(cover_folder, "*.pgm"), Path(folder).name):
            jpeg.encode(temporary / f"{file.stem}.jpg", images.read_pgm(file), quality)
        verify.seal(temporary)


def export_jpeg(
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
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder}: expected to make this folder, got {error}: check permissions") from error
    for file in progress.follow(files, Path(folder).name):
        cover = jpeg.read(file)
        plane, table = cover.coefficients[0], cover.quantization_tables[0]
        stego, pixels, _, _ = pairs.named(file, embed, file.stem, plane, table)
        if not np.array_equal(pixels[: cover.height, : cover.width], expected.get(file.stem)):
            raise DataError(
                f"{file}: expected the stego that the shard holds, got another: cover or software changed since; make "
                "the shards again"
            )
        jpeg.write(Path(folder) / file.name, cover, (stego, *cover.coefficients[1:]))
    return len(files)
