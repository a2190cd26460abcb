"""Covers of one shard as PGM files."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from stegdata import images, sources
from stegdata.errors import DataError


def make(folder: Path, names: Sequence[str], *, kind: str, path: Path | None, size: int, resize: str) -> None:
    """Write the named covers of a source as `<folder>/<name>.pgm`, size x size; the folder appears whole or not at all.

    Raises
    ------
    DataError
        A cover that cannot be read or is too small (with its name), or a folder that cannot be written.
    """
    folder = Path(folder)
    temporary = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir(parents=True)
        progress = tqdm(sources.read(kind, path, names, size=size), desc=folder.name, total=len(names), unit="image")
        for name, image in progress:
            try:
                resized = images.resize(image, size=size, method=resize)
            except DataError as error:
                raise DataError(f"{path or kind}: {name}: {error}") from error
            images.write_pgm(temporary / f"{name}.pgm", resized)
        shutil.rmtree(folder, ignore_errors=True)
        temporary.replace(folder)
    except OSError as error:
        raise DataError(f"{folder}: expected to write covers, got {error}: check permission and free space") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
