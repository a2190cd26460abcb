"""A folder with the tiny configuration in which tests run the workflow, and what they read from it."""

import csv
import os
import shutil
import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path

import skimage.data
from PIL import Image

import embedders
from stegdata.files import sha256
from stegdata.formats import jpeg
from stegdata.sources import KINDS

ROOT = Path(__file__).parents[1]
#: Embedder -> folder of its stegos, in ALASKA2's layout.
STEGOS = KINDS["alaska2"].precomputed
SNAKEMAKE = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]


def snakemake(folder, *arguments, check=True, **environment):
    """Run Snakemake in a folder; return the finished process with both streams as one text."""
    done = subprocess.run(
        [*SNAKEMAKE, "--directory", str(folder), *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": ""} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
    )
    assert not check or done.returncode == 0, done.stdout
    return done


def alaska2(folder):
    """Ten covers in ALASKA2's layout: no ID 3, no UERD stego of ID 5, and the J-UNIWARD stego of ID 8 is its cover."""
    for name in ("Cover", *STEGOS.values()):
        (folder / name).mkdir(parents=True)
    for number in (1, 2, 4, 5, 6, 7, 8, 9, 10, 12):
        part = skimage.data.astronaut()[8 * number : 8 * number + 96, 16 * number : 16 * number + 96]
        cover_path = folder / "Cover" / f"{number:05d}.jpg"
        Image.fromarray(part).save(cover_path, quality=(75, 90, 95)[number % 3], subsampling=0)
        cover = jpeg.read(cover_path)
        for embedder, name in STEGOS.items():
            planes = [*cover.coefficients]
            if (number, embedder) != (8, "juniward"):
                tables = cover.quantization_tables
                made = embedders.embed_planes(embedder, planes, tables, payload=0.4, seed=number, channels="all")
                planes = [plane if one is None else one.stego for plane, one in zip(planes, made, strict=True)]
            if (number, embedder) != (5, "uerd"):
                jpeg.write(folder / name / cover_path.name, cover, planes)


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
    """Hashes of everything that may not depend on cores, order or day."""
    kinds = ("*.h5", "*.pgm", "*.tsv", "*.json", "*.csv", "*.md", "*.png", "*.weights.h5")
    return {
        path.relative_to(folder).as_posix(): sha256(path)
        for kind in kinds
        for path in sorted((folder / "results").rglob(kind))
        if "benchmarks" not in path.parts
    }
