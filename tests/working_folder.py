"""A folder with the tiny configuration in which tests run the workflow, and what they read from it."""

import csv
import os
import shutil
import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path

import skimage.data
from making_alaska2 import STEGOS, embed_all
from PIL import Image

from stegdata.files import sha256

ROOT = Path(__file__).parents[1]
SNAKEMAKE = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]


def snakemake(folder, *arguments, check=True, **environment):
    """Run Snakemake in a folder; return the finished process with both streams as one text."""
    done = subprocess.run(
        [*SNAKEMAKE, "--directory", str(folder), *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": ""} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=3600,
    )
    assert not check or done.returncode == 0, done.stdout
    return done


def alaska2(folder):
    """Ten covers in ALASKA2's layout: no ID 3, no UERD stego of ID 5, and the J-UNIWARD stego of ID 8 is its cover."""
    (folder / "Cover").mkdir(parents=True)
    numbers = (1, 2, 4, 5, 6, 7, 8, 9, 10, 12)
    for number in numbers:
        part = skimage.data.astronaut()[8 * number : 8 * number + 96, 16 * number : 16 * number + 96]
        quality = (75, 90, 95)[number % 3]
        Image.fromarray(part).save(folder / f"Cover/{number:05d}.jpg", quality=quality, subsampling=0)
    embed_all(folder, [f"{number:05d}" for number in numbers])
    (folder / STEGOS["uerd"] / "00005.jpg").unlink()
    shutil.copy(folder / "Cover/00008.jpg", folder / STEGOS["juniward"])


def tiny(folder):
    """A working folder with the tiny configuration, four photographs of one group each, and ready-made JPEG pairs."""
    folder.mkdir()
    alaska2(folder / "alaska2")
    shutil.copy(ROOT / "tests" / "tiny" / "config.yaml", folder)
    for name in ("astronaut.png", "coffee.png", "chelsea.png", "camera.png"):
        target = folder / "photographs" / name.partition(".")[0]
        target.mkdir(parents=True)
        with as_file(files("skimage.data") / name) as path:
            shutil.copy(path, target / name)
    return folder


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ","))


def hashes_of(folder):
    """Hashes of all files of a folder."""
    return {path: sha256(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def hashes(folder):
    """Hashes of everything that may not depend on cores, order or day: all but what is measured of time.

    That is benchmarks and the column `cpu_seconds` of the summary.
    """
    patterns = ("*.h5", "*.pgm", "*.jpg", "*.tsv", "*.json", "*.csv", "*.md", "*.png", "*.svg", "*.weights.h5")
    digests = {
        path.relative_to(folder).as_posix(): sha256(path)
        for pattern in patterns
        for path in sorted((folder / "results").rglob(pattern))
        if "benchmarks" not in path.parts
    }
    summary = folder / "results/summary.csv"
    if summary.is_file():
        digests["results/summary.csv"] = [{**row, "cpu_seconds": ""} for row in rows(summary)]
    return digests
