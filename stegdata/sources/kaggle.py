"""Download of ALASKA2 by Kaggle's own client `kagglehub`, which alone handles credentials."""

import os
import shutil
from contextlib import redirect_stdout
from pathlib import Path

from stegdata.errors import DataError
from stegdata.files import atomic_write

STEPS = (
    "(1) sign in on kaggle.com and accept the rules of https://www.kaggle.com/competitions/{competition}/rules; (2) "
    "make an API token in the settings of your account, and put it into the environment variable KAGGLE_API_TOKEN or "
    "into ~/.kaggle/access_token (a kaggle.json, or KAGGLE_USERNAME and KAGGLE_KEY, will do); (3) run again. Or name "
    "your own copy, its zip or the unpacked folder, under {key} in config.yaml, or link the folder as resources/alaska2"
)
#: Key of config.yaml for a copy of one's own, for errors.
KEY = "sources.alaska2-crop.path"
#: Folder of kagglehub's cache.
_CACHE = "competitions"


def fetch(pointer: str | os.PathLike[str], competition: str, *, room: int) -> None:
    """Download the files of a competition to kagglehub's cache, and write the folder's path to `pointer`.

    A folder beside the pointer, with its name, is used as it is. kagglehub resumes, checks and unpacks. Its cache
    is $KAGGLEHUB_CACHE, else ~/.cache/kagglehub; files in it are not downloaded again.

    Parameters
    ----------
    pointer : path
        File of one line, the folder.
    competition : str
        Name on Kaggle.
    room : int
        Bytes on disk while it is unpacked.

    Raises
    ------
    DataError
        No credentials, rules not accepted, no connection, no room: with the steps to take. Of the error underneath,
        which might hold a secret, it has only the class and the status of the answer.
    """
    pointer = Path(pointer)
    if (linked := pointer.with_suffix("")).is_dir():
        _point(pointer, linked)
        return
    steps = STEPS.format(competition=competition, key=KEY)
    import kagglehub
    from kagglehub.config import get_kaggle_credentials

    try:
        if get_kaggle_credentials() is None:
            raise DataError(f"{competition}: expected credentials of Kaggle, found none: {steps}")
        _check_room(competition, room)
        # its test mode prints requests with their credentials
        with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
            folder = kagglehub.competition_download(competition)
    except DataError:
        raise
    except Exception as error:  # kagglehub raises exceptions of many classes
        status = getattr(getattr(error, "response", None), "status_code", None)
        got = type(error).__name__ + (f" {status}" if status else "")
        raise DataError(f"{competition}: expected its files from kaggle.com, got {got}: {steps}") from None
    _point(pointer, Path(folder))


def _point(pointer: Path, folder: Path) -> None:
    with atomic_write(pointer) as temporary:
        temporary.write_text(f"{folder.resolve()}\n", encoding="utf-8")


def located(path: str | os.PathLike[str]) -> Path:
    """Return the folder that a pointer of `fetch` names, or any other path; DataError if that folder is gone."""
    path = Path(path)
    if path.suffix != ".path" or not path.is_file():
        return path
    folder = Path(path.read_text(encoding="utf-8").strip())
    if not folder.exists():
        raise DataError(f"{path}: expected the files of Kaggle at {folder}, found none: delete {path} and run again")
    return folder


def _check_room(competition: str, room: int) -> None:
    cache = Path(os.environ.get("KAGGLEHUB_CACHE") or Path.home() / ".cache" / "kagglehub")
    existing = next(folder for folder in (cache, *cache.resolve().parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    if not (cache / _CACHE / competition).exists() and free < room:
        raise DataError(
            f"{competition}: expected {room / 1e9:.0f} GB free below {cache}, got {free / 1e9:.0f}: set "
            f"KAGGLEHUB_CACHE to a folder on a larger disk, or name your own copy under {KEY} in config.yaml"
        )
