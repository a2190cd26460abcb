"""Download of ALASKA2 by Kaggle's own client `kagglehub`, which alone handles credentials."""

import os
import shutil
from contextlib import redirect_stdout
from pathlib import Path

from stegdata.errors import DataError
from stegdata.files import atomic_write

#: Key of config.yaml for a copy of one's own, for errors.
KEY = "sources.alaska2-crop.path"
STEPS = (
    "(1) sign in on kaggle.com and accept the rules of https://www.kaggle.com/competitions/{competition}/rules; (2) "
    "make an API token in the settings of your account, and put it into the environment variable KAGGLE_API_TOKEN or "
    "into ~/.kaggle/access_token (a kaggle.json, or KAGGLE_USERNAME and KAGGLE_KEY, will do); (3) run again. Or name "
    f"your own copy, its zip or the unpacked folder, under {KEY} in config.yaml, or link the folder as "
    "resources/alaska2"
)


def fetch(pointer: str | os.PathLike[str], competition: str, *, room: int) -> None:
    """Download a competition's files, of `room` bytes, to kagglehub's cache; write the folder's path to `pointer`.

    A folder beside the pointer, with its name, is used as it is. kagglehub resumes, checks and unpacks to
    $KAGGLEHUB_CACHE, else ~/.cache/kagglehub; files in it are not downloaded again.

    Raises
    ------
    DataError
        No credentials, rules not accepted, no connection, no room: with the steps to take. Of the error underneath,
        which might hold a secret, it has only the class and the status of the answer.
    """
    pointer = Path(pointer)
    folder = pointer.with_suffix("")
    if not folder.is_dir():
        folder = _download(competition, room)
    with atomic_write(pointer) as temporary:
        temporary.write_text(f"{folder.resolve()}\n", encoding="utf-8")


def _download(competition: str, room: int) -> Path:
    import kagglehub
    from kagglehub.config import get_kaggle_credentials

    steps = STEPS.format(competition=competition)
    cache = Path(os.environ.get("KAGGLEHUB_CACHE") or Path.home() / ".cache" / "kagglehub")
    free = shutil.disk_usage(next(above for above in (cache, *cache.resolve().parents) if above.exists())).free
    try:
        if get_kaggle_credentials() is None:
            raise DataError(f"{competition}: expected credentials of Kaggle, found none: {steps}")
        if free < room and not (cache / "competitions" / competition).exists():
            raise DataError(
                f"{competition}: expected {room / 1e9:.0f} GB free below {cache}, got {free / 1e9:.0f}: set "
                f"KAGGLEHUB_CACHE to a folder on a larger disk, or name your own copy under {KEY} in config.yaml"
            )
        # its test mode prints requests with their credentials
        with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
            return Path(kagglehub.competition_download(competition))
    except DataError:
        raise
    except Exception as error:  # kagglehub raises exceptions of many classes
        status = getattr(getattr(error, "response", None), "status_code", None)
        got = type(error).__name__ + (f" {status}" if status else "")
        raise DataError(f"{competition}: expected its files from kaggle.com, got {got}: {steps}") from None


def located(path: str | os.PathLike[str]) -> Path:
    """Return the folder that a pointer of `fetch` names, or any other path; DataError if that folder is gone."""
    path = Path(path)
    if path.suffix != ".path" or not path.is_file():
        return path
    folder = Path(path.read_text(encoding="utf-8").strip())
    if not folder.exists():
        raise DataError(f"{path}: expected the files of Kaggle at {folder}, found none: delete {path} and run again")
    return folder
