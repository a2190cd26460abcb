"""Embed a random message into each of many covers, and list the stegos in DIR/manifest.tsv.

Spatial embedders take PGM and PNG of 8-bit grey, JPEG embedders take JPEG. Every stego has the format and name of its
cover. The folder appears whole or not at all. With --origin SOURCE (of JPEG: SOURCE/qQUALITY) and the run's seed, the
stegos are those of the workflow to the byte.
"""

import argparse
import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import embedders
from embedders import own
from stegdata import DataError, formats
from workflow.command.inputs import Input, find
from workflow.job import keep_freed_memory

COLUMNS: tuple[str, ...] = (
    "stego",
    "cover",
    "sha256",
    "cover_sha256",
    "embedder",
    "version",
    "payload",
    "unit",
    "seed",
    "origin",
)
COLUMNS += ("channels", "change_rate", "message_bits", "entropy_bits")
#: Covers for which a process of its own is worth its start.
WORTH = 32
#: Covers that a process takes at a time.
CHUNK = 8
ENDINGS = {"spatial": formats.GREY, "jpeg": formats.JPEG}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `run` takes."""
    parser.add_argument("covers", nargs="+", type=Path, metavar="IN", help="files, or folders of files")
    names = ", ".join(embedders.EMBEDDERS)
    parser.add_argument("--embedder", required=True, metavar="NAME", help=f"{names}; or a file of your own")
    parser.add_argument("--payload", required=True, type=float, help="bits per pixel, or per non-zero AC coefficient")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="a new folder")
    parser.add_argument("--seed", type=int, default=1, help="of all messages (default: 1)")
    parser.add_argument(
        "--origin", help="what tells covers of one name apart, e.g. bossbase or bossbase/q75 (default: each one's hash)"
    )
    parser.add_argument(
        "--channels", choices=["luminance", "all"], default="luminance", help="of colour JPEGs (default: luminance)"
    )
    parser.add_argument("--processes", type=int, help="side by side (default: one a core)")


@dataclass(frozen=True)
class Task:
    """What all stegos of one call share."""

    name: str
    payload: float
    seed: int
    origin: str | None
    channels: Literal["luminance", "all"]
    folder: Path


def run(options: argparse.Namespace) -> None:
    """Embed; raises DataError or EmbedderError."""
    from stegdata import folders, progress
    from stegdata.files import atomic_folder

    name = own.resolve_name(options.embedder)
    covers = find(options.covers, ENDINGS[embedders.EMBEDDERS[name].domain], covers=True)
    out = options.out.resolve()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DataError(f"{options.out}: expected a new or empty folder, got one with files: name another or delete it")
    for given in filter(Path.is_dir, options.covers):
        folders.check_apart(options.out, given)
    processes = _processes(options.processes, len(covers))
    rows: list[dict[str, object]] = []
    refused: list[str] = []
    with atomic_folder(out) as folder, _mapper(processes, options.embedder) as call:
        task = Task(name, options.payload, options.seed, options.origin, options.channels, folder)
        for row in progress.follow(call(partial(_attempt, task), covers), name, len(covers)):
            rows.append(row) if isinstance(row, dict) else refused.append(row)
        if refused:
            more = f" ({len(refused) - 1} more covers were refused)" if len(refused) > 1 else ""
            raise DataError(f"{refused[0]}{more}")
        _write_manifest(folder / "manifest.tsv", rows)
    rate = sum(float(str(row["change_rate"])) for row in rows) / len(rows)
    print(f"{len(rows)} stegos in {options.out}, mean change rate {rate:.4f}; listed in {options.out}/manifest.tsv")


def _processes(asked: int | None, covers: int) -> int:
    if asked is not None and asked < 1:
        raise DataError(f"--processes: expected 1 or more, got {asked}")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return asked or max(1, min(cores, covers // WORTH))


@contextmanager
def _mapper(processes: int, embedder: str) -> Iterator[partial]:
    """Yield a `map` that keeps the order: of this process, or of several fresh ones."""
    if processes == 1:
        keep_freed_memory()
        yield partial(map)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, context, initializer=_start_process, initargs=(embedder,))
    try:
        yield partial(pool.map, chunksize=CHUNK)
    finally:
        pool.shutdown(cancel_futures=True)


def _start_process(embedder: str) -> None:
    """Let the parent alone answer Ctrl-C; register a user's own embedder; keep memory for the next cover."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    own.resolve_name(embedder)
    keep_freed_memory()


def _attempt(task: Task, cover: Input) -> dict[str, object] | str:
    """Embed one cover: its line of the manifest, or why it was refused."""
    try:
        return embed(task, cover)
    except (DataError, embedders.EmbedderError) as error:
        line = str(error)
        return line if line.startswith(str(cover.path)) else f"{cover.path}: {line}"


def embed(task: Task, cover: Input) -> dict[str, object]:
    """Embed one cover, write its stego, return its line of the manifest."""
    from stegdata import embedding
    from stegdata.files import sha256

    embedder = embedders.EMBEDDERS[task.name]
    cover_hash = sha256(cover.path)
    origin = cover_hash if task.origin is None else task.origin
    seed = embedding.seed_of(task.name, task.payload, task.seed, origin, cover.name)
    target = task.folder / f"{cover.name}{cover.path.suffix}"
    target.parent.mkdir(parents=True, exist_ok=True)
    made = (_spatial if embedder.domain == "spatial" else _jpeg)(task, cover.path, target, seed)
    values: list[object] = [f"{cover.name}{cover.path.suffix}", cover.path, sha256(target), cover_hash, task.name]
    values += [embedder.version, task.payload, embedder.unit, task.seed, origin, task.channels]
    values += [f"{made.change_rate:.6f}", made.message_bits, f"{made.entropy_bits:.2f}"]
    return dict(zip(COLUMNS, values, strict=True))


def _spatial(task: Task, path: Path, target: Path, seed: int) -> embedders.Embedding:
    from stegdata.formats import grey

    made = embedders.embed(task.name, grey.read(path), payload=task.payload, seed=seed)
    grey.write(target, made.stego)
    return made


def _jpeg(task: Task, path: Path, target: Path, seed: int) -> embedders.Embedding:
    """Embed the luminance, or every component; what is measured is of the luminance."""
    from stegdata.formats import jpeg

    cover = jpeg.read(path)
    made = embedders.embed_planes(
        task.name,
        cover.coefficients,
        cover.quantization_tables,
        payload=task.payload,
        seed=seed,
        channels=task.channels,
    )
    planes = [plane if one is None else one.stego for plane, one in zip(cover.coefficients, made, strict=True)]
    jpeg.write(target, cover, planes)
    luminance = made[0]
    assert luminance is not None  # a luminance that takes no bit is an error
    return luminance


def _write_manifest(path: Path, rows: list[dict[str, object]]) -> None:
    from stegdata import tsv

    tsv.write(path, COLUMNS, ([row[column] for column in COLUMNS] for row in rows))
