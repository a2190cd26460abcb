"""Covers of one shard as PGM or JPEG files."""

from collections.abc import Sequence
from pathlib import Path

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
