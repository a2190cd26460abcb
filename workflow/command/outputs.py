"""Files that a command writes: new, or its own; compared with all that it reads before any work begins."""

import unicodedata
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stegdata import DataError
from stegdata.files import atomic_write

#: Text in a PNG of this command; a file without it is somebody else's.
SOFTWARE = "stego"


def check(outputs: Iterable[Path], inputs: Iterable[Path], *, force: bool) -> None:
    """Raise DataError where an output would replace an input, another output, or a file that is not this command's.

    Paths are compared with links resolved, and as file systems compare them that fold case and Unicode forms.

    Parameters
    ----------
    outputs : iterable of Path
        Every file that will be written.
    inputs : iterable of Path
        Every file that is read.
    force : bool
        Allow to replace PNGs that this command wrote before.
    """
    read = {_folded(path): path for path in inputs}
    written: dict[str, Path] = {}
    problems = []
    for path in outputs:
        key = _folded(path)
        if key in read:
            problems.append(f"{path}: expected a new file, got {read[key]}, which is read: name another place")
        elif key in written:
            problems.append(f"{path}: expected one output of this name, got two: rename one of the images")
        elif path.exists() or path.is_symlink():
            if not _is_ours(path):
                problems.append(f"{path}: expected a new file, got one of yours: name another place, or move it away")
            elif not force:
                problems.append(f"{path}: expected a new file, got one of this command: add --force to replace it")
        written[key] = path
    if problems:
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        raise DataError(f"{problems[0]}{more}; nothing was written")


def write_png(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Write uint8 [height, width] or [height, width, 3] as a PNG that `check` recognizes, whole or not at all."""
    from PIL import Image, PngImagePlugin

    text = PngImagePlugin.PngInfo()
    text.add_text("Software", SOFTWARE)
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as temporary:
        Image.fromarray(pixels).save(temporary, "PNG", pnginfo=text)


def _is_ours(path: Path) -> bool:
    from PIL import Image

    try:
        with Image.open(path) as image:
            return image.format == "PNG" and image.info.get("Software") == SOFTWARE
    except (OSError, ValueError, SyntaxError):
        return False


def _folded(path: Path) -> str:
    return unicodedata.normalize("NFC", str(path.resolve())).casefold()
