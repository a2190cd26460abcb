"""Embed a random message into each cover, and list the stegos in DIR/manifest.tsv.

Spatial embedders take PGM and PNG of 8-bit grey, JPEG embedders take JPEG. Every stego has the format and name of its
cover. The folder appears whole or not at all. With --origin SOURCE (of JPEG: SOURCE/qQUALITY) and the run's seed, the
stegos are those of the workflow to the byte.
"""

import argparse
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import embedders
from embedders import own
from stegdata import DataError
from workflow.command import covers, messages
from workflow.command.inputs import Input, find, naming
from workflow.job import keep_freed_memory

#: Covers for which starting another process pays.
COVERS_PER_PROCESS = 32
#: Covers that a process takes at a time.
CHUNK = 8
#: Refused covers that are named.
SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `run`."""
    names = ", ".join(embedders.EMBEDDERS)
    parser.add_argument("covers", nargs="+", type=Path, metavar="IN", help="files, or folders of files")
    parser.add_argument("--embedder", required=True, metavar="NAME", help=f"{names}; or your own Python file")
    content = parser.add_mutually_exclusive_group(required=True)
    content.add_argument("--payload", type=float, help="random bits per pixel, or per non-zero AC coefficient")
    content.add_argument(
        "--message", type=Path, metavar="FILE", help="a file to hide in one cover, for `stego extract`"
    )
    content.add_argument("--messages", type=Path, metavar="DIR", help="a file for each cover, named like it")
    parser.add_argument(
        "--stc", action="store_true", help="with --payload: really embed random bits, by syndrome-trellis codes"
    )
    messages.add_key_arguments(parser)
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="a new folder")
    parser.add_argument("--seed", type=int, default=1, help="seed of all messages (default: 1)")
    parser.add_argument(
        "--origin", help="source of the covers, e.g. bossbase or bossbase/q75 (default: the hash of each cover)"
    )
    parser.add_argument(
        "--channels", choices=["luminance", "all"], default="luminance", help="of colour JPEGs (default: luminance)"
    )
    parser.add_argument("--processes", type=int, help="worker processes (default: at most one per core)")


def run(options: argparse.Namespace) -> None:
    """Embed, write the manifest, print the mean change rate; raises DataError or EmbedderError."""
    from stegdata import folders, progress, tsv
    from stegdata.files import atomic_folder

    name = own.resolve_name(options.embedder)
    images = find(options.covers, covers.endings(embedders.EMBEDDERS[name].domain), covers=True)
    out = options.out.resolve()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DataError(f"{options.out}: expected a new or empty folder, got one with files: name another or delete it")
    for folder in filter(Path.is_dir, options.covers):
        folders.check_apart(options.out, folder)
    if options.stc and (options.payload is None or options.channels != "luminance"):
        raise DataError("--stc: expected with --payload, in the luminance: messages of files are coded without it")
    secrets = None
    if options.message or options.messages:
        secrets = messages.passphrase(options), messages.messages_of(options, images)
    elif options.key_file or options.no_encryption:
        raise DataError("--key-file: expected with --message or --messages, got --payload, whose bits are random")
    processes = _processes(options.processes, len(images))
    rows: list[dict[str, object]] = []
    refused: list[str] = []
    with atomic_folder(out) as folder, _mapper(processes, options.embedder) as apply:
        results = apply(partial(_row_or_refusal, options, name, folder, secrets), images)
        for result in progress.follow(results, name, len(images)):
            rows.append(result) if isinstance(result, dict) else refused.append(result)
        if len(refused) == 1:
            raise DataError(f"{refused[0]}; nothing was written")
        if refused:
            for reason in refused[:SHOWN]:
                print(f"stego embed: {reason}", file=sys.stderr)
            raise DataError(
                f"{options.out}: expected stegos of all {len(images)} covers, got {len(refused)} refused, named above"
                f"{f' (the first {SHOWN})' if len(refused) > SHOWN else ''}: leave them out; nothing was written"
            )
        tsv.write(folder / "manifest.tsv", list(rows[0]), (row.values() for row in rows))
    rate = sum(float(str(row["change_rate"])) for row in rows) / len(rows)
    print(f"{len(rows)} stegos in {options.out}, mean change rate {rate:.4f}; listed in {options.out}/manifest.tsv")


def _processes(requested: int | None, covers: int) -> int:
    if requested is not None and requested < 1:
        raise DataError(f"--processes: expected 1 or more, got {requested}")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return requested or max(1, min(cores, covers // COVERS_PER_PROCESS))


@contextmanager
def _mapper(processes: int, embedder: str) -> Iterator[partial]:
    """Yield a `map` that keeps the order: of this process, or of several new ones."""
    if processes == 1:
        keep_freed_memory()
        yield partial(map)
        return
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, spawn, initializer=_start_process, initargs=(embedder,))
    try:
        yield partial(pool.map, chunksize=CHUNK)
    finally:
        pool.shutdown(cancel_futures=True)


def _start_process(embedder: str) -> None:
    """Leave Ctrl-C to the parent, keep memory for the next cover, register a user's own embedder."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    own.resolve_name(embedder)
    keep_freed_memory()


def _row_or_refusal(
    options: argparse.Namespace, name: str, folder: Path, secrets: tuple[bytes, dict[str, bytes]] | None, image: Input
) -> dict[str, object] | str:
    """Embed in one cover and write its stego: its row of the manifest, or the reason why it was refused."""
    from stegdata.files import sha256

    target = folder / f"{image.name}{image.path.suffix}"
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        cover_hash = sha256(image.path)
        if secrets is None:
            measured = _embed_randomly(options, name, image, target, cover_hash)
        else:
            key, contents = secrets
            measured = messages.embed(name, image.path, target, contents[image.name], key)
    except (DataError, embedders.EmbedderError) as error:
        return naming(image, error)
    return {
        "stego": target.relative_to(folder).as_posix(),
        "cover": image.path,
        "sha256": sha256(target),
        "cover_sha256": cover_hash,
        "embedder": name,
        "version": embedders.EMBEDDERS[name].version,
    } | measured


def _embed_randomly(
    options: argparse.Namespace, name: str, image: Input, target: Path, cover_hash: str
) -> dict[str, object]:
    """Embed random bits, write the stego, return columns of the manifest; rates of a JPEG are of its luminance."""
    from stegdata import embedding as seeds

    domain = embedders.EMBEDDERS[name].domain
    origin = cover_hash if options.origin is None else options.origin
    seed = seeds.seed_of(name, options.payload, options.seed, origin, image.name)
    file = covers.read(image.path, domain)
    draws: dict[str, Any] = {"payload": options.payload, "seed": seed}
    if options.stc:
        from embedders import coding

        embeddings = [coding.embed_random(name, *file.arrays, **draws), *[None] * (len(file.planes) - 1)]
    elif file.tables:
        embeddings = embedders.embed_planes(name, file.planes, file.tables, channels=options.channels, **draws)
    else:
        embeddings = [embedders.embed(name, *file.planes, **draws)]
    pairs = zip(file.planes, embeddings, strict=True)
    file.write(target, [plane if changed is None else changed.stego for plane, changed in pairs])
    embedding = embeddings[0]
    assert embedding is not None  # a luminance without capacity is an error
    return {
        "payload": options.payload,
        "unit": domain.unit,
        "seed": options.seed,
        "origin": origin,
        "channels": options.channels,
        "change_rate": f"{embedding.change_rate:.6f}",
        "message_bits": embedding.message_bits,
        "entropy_bits": f"{embedding.entropy_bits:.2f}",
    }
