"""ALASKA2 from Kaggle, by its own client `kagglehub`: credentials are its affair, and pass through no hand here."""

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
#: What kagglehub makes of a competition that is already in its cache.
_CACHE = "competitions"


def fetch(pointer: str | os.PathLike[str], competition: str, *, room: int, key: str) -> None:
    """Download the files of a competition to kagglehub's cache, and write the folder's path to `pointer`.

    A folder beside the pointer, named like it, is taken as it is. kagglehub resumes, checks and unpacks. Its cache
    is $KAGGLEHUB_CACHE, else ~/.cache/kagglehub; what lies there is not fetched again.

    Parameters
    ----------
    pointer : path
        Gets one line, the folder.
    competition : str
        Its name on Kaggle.
    room : int
        Bytes it takes on disk, while it is unpacked.
    key : str
        The key of config.yaml that names a copy at hand, for errors.

    Raises
    ------
    DataError
        No credentials, rules not accepted, no connection, no room: with the steps to take. It holds no word of the
        error underneath, which might hold a secret, but its class and the status of the answer.
    """
    pointer = Path(pointer)
    if (linked := pointer.with_suffix("")).is_dir():
        _point(pointer, linked)
        return
    steps = STEPS.format(competition=competition, key=key)
    import kagglehub
    from kagglehub.config import get_kaggle_credentials

    try:
        if get_kaggle_credentials() is None:
            raise DataError(f"{competition}: expected credentials of Kaggle, found none: {steps}")
        _check_room(competition, room, key)
        # its test mode prints requests with their credentials
        with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
            folder = kagglehub.competition_download(competition)
    except DataError:
        raise
    except Exception as error:  # kagglehub meets a refusal with exceptions of many classes
        status = getattr(getattr(error, "response", None), "status_code", None)
        got = type(error).__name__ + (f" {status}" if status else "")
        raise DataError(f"{competition}: expected its files from kaggle.com, got {got}: {steps}") from None
    _point(pointer, Path(folder))


def _point(pointer: Path, folder: Path) -> None:
    with atomic_write(pointer) as temporary:
        temporary.write_text(f"{folder.resolve()}\n", encoding="utf-8")


def located(path: str | os.PathLike[str]) -> Path:
    """Follow a pointer that `fetch` wrote; any other path is returned as it is.

    Raises
    ------
    DataError
        If nothing is there any more.
    """
    path = Path(path)
    if path.suffix != ".path" or not path.is_file():
        return path
    folder = Path(path.read_text(encoding="utf-8").strip())
    if not folder.exists():
        raise DataError(f"{path}: expected the files of Kaggle at {folder}, found none: delete {path} and run again")
    return folder


def _check_room(competition: str, room: int, key: str) -> None:
    cache = Path(os.environ.get("KAGGLEHUB_CACHE") or Path.home() / ".cache" / "kagglehub")
    there = next(folder for folder in (cache, *cache.resolve().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if not (cache / _CACHE / competition).exists() and free < room:
        raise DataError(
            f"{competition}: expected {room / 1e9:.0f} GB free below {cache}, got {free / 1e9:.0f}: set "
            f"KAGGLEHUB_CACHE to a folder on a larger disk, or name your own copy under {key} in config.yaml"
        )
