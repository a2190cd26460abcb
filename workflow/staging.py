"""Copies of a job's files on the disk of its node, where the shared one is slow."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stegdata import DataError
from stegdata.files import expanded


@contextmanager
def staged(inputs: Mapping[str, Any], folder: str | None) -> Iterator[dict[str, list[str]]]:
    """Yield the named inputs of a job, copied to a folder of their own below `folder`, which goes when the job ends.

    Parameters
    ----------
    inputs : mapping
        Name -> path or paths, such as `snakemake.input`.
    folder : str or None
        On the node; environment variables and ~ are expanded there. None or empty: the files are used where they are.

    Yields
    ------
    dict
        Name -> list of paths.

    Raises
    ------
    DataError
        If they cannot be copied, for want of space for example.
    """
    named = {name: [paths] if isinstance(paths, str) else list(paths) for name, paths in inputs.items()}
    if not folder:
        yield named
        return
    place = Path(expanded(folder))
    try:
        own = tempfile.TemporaryDirectory(prefix="stage-", dir=place, ignore_cleanup_errors=True)
    except OSError as error:
        raise _refused(place, error) from error
    with own as name:
        try:
            copies = {key: [_copy(path, Path(name)) for path in paths] for key, paths in named.items()}
        except OSError as error:
            raise _refused(place, error) from error
        yield copies


def _refused(place: Path, error: OSError) -> DataError:
    return DataError(
        f"{place}: expected to copy the shards of a training here, got {error}: make room, or name another folder as "
        "resource `stage` of rule train"
    )


def _copy(path: str, folder: Path) -> str:
    """Copy under the whole path: train-000.h5 of two stego sets must not meet."""
    target = folder / Path(path).relative_to(Path(path).anchor)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)
    return str(target)
