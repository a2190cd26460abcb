"""`stego`: the same stegos as the library's, one line and exit code 2 on what is wrong."""

import csv
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from commands import refusals, refused
from pictures import pgm
from PIL import Image

import embedders
from stegdata import embedding, manifest, progress, shards
from stegdata.files import sha256
from stegdata.formats import images, jpeg
from stegdata.names import StegoSet
from workflow import command

STEGO = Path(sys.executable).with_name("stego")


@pytest.fixture
def covers(tmp_path):
    """Two PGMs of one stem in two folders, and a PNG."""
    folder = tmp_path / "covers"
    for number, name in enumerate(("a/1.pgm", "b/1.pgm")):
        (folder / name).parent.mkdir(parents=True)
        images.write_pgm(folder / name, skimage.data.camera()[64 * number : 64 * number + 64, :64].copy())
    Image.fromarray(skimage.data.camera()[200:264, 200:296]).save(folder / "seaside.png")
    return folder


@pytest.fixture
def photograph(tmp_path):
    """A colour JPEG."""
    path = tmp_path / "astronaut.jpg"
    Image.fromarray(skimage.data.astronaut()[:96, 160:256]).save(path, quality=90, subsampling=2)
    return path


def embed(*arguments):
    assert command.main(["embed", *map(str, arguments)]) == 0


def manifest_of(folder):
    with (folder / "manifest.tsv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_stegos_are_those_of_the_library_with_the_workflows_seeds(covers, tmp_path):
    out = tmp_path / "out"
    embed("--embedder", "suniward", "--payload", 0.4, "--seed", 7, "--origin", "clinic", covers, "--out", out)
    for name in ("a/1.pgm", "b/1.pgm", "seaside.png"):
        cover = images.read(covers / name)
        seed = embedding.seed_of("suniward", 0.4, 7, "clinic", name.partition(".")[0])
        made = embedders.embed("suniward", cover, payload=0.4, seed=seed)
        assert (images.read(out / name) == made.stego).all()
    rows = manifest_of(out)
    assert [row["stego"] for row in rows] == ["a/1.pgm", "b/1.pgm", "seaside.png"]
    assert all(sha256(out / row["stego"]) == row["sha256"] for row in rows)
    assert all(sha256(row["cover"]) == row["cover_sha256"] for row in rows)
    assert {(row["seed"], row["origin"], row["unit"], row["payload"]) for row in rows} == {
        ("7", "clinic", "bpp", "0.4")
    }


def test_number_of_processes_changes_no_byte(covers, tmp_path):
    for number, out in ((1, tmp_path / "one"), (2, tmp_path / "two")):
        embed("--embedder", "wow", "--payload", 0.3, covers, "--out", out, "--processes", number)
    assert (tmp_path / "one/manifest.tsv").read_bytes() == (tmp_path / "two/manifest.tsv").read_bytes()
    assert len(manifest_of(tmp_path / "one")) == 3


def test_covers_of_one_name_share_no_random_numbers_without_an_origin(tmp_path):
    cover = skimage.data.camera()[:64, :64].copy()
    changes = []
    for number in range(2):
        images.write_pgm(tmp_path / f"1-{number}.pgm", cover + np.uint8(number))
        (tmp_path / f"1-{number}.pgm").replace(tmp_path / "1.pgm")
        embed("--embedder", "suniward", "--payload", 0.4, tmp_path / "1.pgm", "--out", tmp_path / f"out{number}")
        changes.append(images.read(tmp_path / f"out{number}/1.pgm") - (cover + np.uint8(number)))
    shared = np.mean(changes[0][changes[1] != 0] != 0)
    assert 0 < shared < 0.5


@pytest.mark.parametrize("channels", ["luminance", "all"])
def test_jpegs_keep_their_tables_and_get_the_librarys_coefficients(photograph, tmp_path, channels):
    out = tmp_path / "out"
    embed("--embedder", "uerd", "--payload", 0.4, photograph, "--out", out, "--channels", channels, "--origin", "x/q90")
    cover, stego = jpeg.read(photograph), jpeg.read(out / photograph.name)
    seed = embedding.seed_of("uerd", 0.4, 1, "x/q90", "astronaut")
    tables = cover.quantization_tables
    made = embedders.embed_planes("uerd", cover.coefficients, tables, payload=0.4, seed=seed, channels=channels)
    for plane, old, one in zip(stego.coefficients, cover.coefficients, made, strict=True):
        assert (plane == (old if one is None else one.stego)).all()
    assert (channels == "all") == (stego.coefficients[1] != cover.coefficients[1]).any()
    assert manifest_of(out)[0]["channels"] == channels


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["--payload", 9],
            r"a/1\.pgm: message of .* above the capacity (.*\n){3}.*expected stegos of all 3 covers, got 3 refused",
        ),
        (["--payload", "nan"], "expected a positive number of bpp, got nan"),
        (["--payload", 0.4, "--processes", 0], "--processes: expected 1 or more, got 0"),
        (["--payload", 0.4, "--embedder", "uerd"], r"expected files \*\.jpg, \*\.jpeg, .* below, found none"),
    ],
)
def test_refused_embedding_leaves_nothing(covers, tmp_path, capsys, arguments, line):
    out = tmp_path / "out"
    got = "\n".join(refusals(capsys, "embed", "--embedder", "suniward", covers, "--out", out, *arguments)[1])
    assert re.search(line, got), got
    assert sorted(path.name for path in tmp_path.iterdir()) == ["covers"]


def test_colour_is_not_converted_behind_the_users_back(tmp_path, capsys):
    path = tmp_path / "colour.png"
    Image.fromarray(skimage.data.astronaut()[:64, :64]).save(path)
    for name, word in ((path, "expected grey, got RGB"), (tmp_path / "x.tif", "expected a file or folder")):
        arguments = ("embed", "--embedder", "wow", "--payload", 0.4, name, "--out", tmp_path / "out")
        assert word in refused(capsys, *arguments)
    (tmp_path / "x.tif").write_bytes(b"II*\0 and so on")
    assert "expected a binary PGM or a PNG" in refused(capsys, *arguments)


def test_full_folder_and_second_name_are_refused(covers, tmp_path, capsys):
    common = ("embed", "--embedder", "wow", "--payload", 0.4)
    assert "expected a new or empty folder" in refused(capsys, *common, covers, "--out", covers)
    given = (covers / "a/1.pgm", covers / "b/1.pgm", "--out", tmp_path / "out")
    assert "b/1.pgm: expected one image of each name, found '1' 2 times: rename or remove one; if" in refused(
        capsys, *common, *given
    )


def test_wrong_words_are_one_line(capsys):
    assert command.main(["embed", "--embedder", "suniwar", "--payload", "1", "x", "--out", "y"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and "embedder: expected one of suniward, " in lines[0] and "got 'suniwar'" in lines[0]


def test_costs_as_array_and_as_picture(covers, photograph, tmp_path, capsys):
    path, picture = tmp_path / "map.npy", tmp_path / "map.png"
    assert command.main(["cost", str(covers / "seaside.png"), "--out", str(path)]) == 0
    rho = embedders.cost("suniward", images.read(covers / "seaside.png"))
    assert (np.load(path) == rho).all()
    assert command.main(["cost", str(photograph), "--embedder", "uerd", "--out", str(picture)]) == 0
    drawn = np.array(Image.open(picture))
    cover = jpeg.read(photograph)
    rho = embedders.cost("uerd", cover.coefficients[0], cover.quantization_tables[0])
    assert drawn.shape == rho.shape and drawn[rho <= np.quantile(rho, 0.01)].max() == 0
    order = np.argsort(rho, axis=None)
    assert (np.diff(drawn.reshape(-1)[order].astype(int)) >= 0).all()
    assert "expected the ending .npy or .png" in refused(
        capsys, "cost", covers / "seaside.png", "--out", tmp_path / "map.txt"
    )


@pytest.fixture
def shard(covers, tmp_path):
    """A shard of two pairs."""
    images.write_pgm(covers / "a/2.pgm", images.read(covers / "b/1.pgm"))
    path = tmp_path / "test-000.h5"
    attributes = {"split": "test", "unit": "bpp", "source": "sample"}
    shards.build(path, embedding.embedded(covers / "a", StegoSet.parse("sample/wow-0.5bpp"), 1), attributes)
    return path


def flip(path):
    """Change one bit of a file."""
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def test_verify_finds_one_changed_bit_of_a_shard(shard, tmp_path, capsys):
    folder = tmp_path / "results/shards/sample/wow-0.5bpp"
    folder.mkdir(parents=True)
    shard = shard.rename(folder / shard.name)
    manifest.write(folder, [shard])
    results = tmp_path / "results"
    assert command.main(["verify", str(results)]) == 0
    printed = capsys.readouterr().out
    assert "deleted" in printed and "test-000" in printed  # its covers, as they may be
    flip(shard)
    assert "changed" in refused(capsys, "verify", results, out=True)
    assert "expected covers or shards below it, found none" in refused(capsys, "verify", tmp_path / "covers")


def test_verify_holds_stegos_to_their_manifest(covers, tmp_path, capsys):
    out = tmp_path / "out"
    embed("--embedder", "wow", "--payload", 0.4, covers, "--out", out)
    assert command.main(["verify", str(out)]) == 0
    assert "3 files match their manifests" in capsys.readouterr().out
    flip(out / "a/1.pgm")
    (out / "b/1.pgm").rename(out / "b/2.pgm")
    told = refused(capsys, "verify", out, out=True).splitlines()
    assert [line.split()[:2] for line in told[:3]] == [
        ["changed", f"{out}/a/1.pgm:"],
        ["missing", f"{out}/b/1.pgm:"],
        ["extra", f"{out}/b/2.pgm:"],
    ]
    assert "got 3 findings" in told[3]
    (out / "manifest.tsv").write_text("shard\tsha256\nx\ty\n")
    assert "expected a table of stego, sha256, got no column stego" in refused(capsys, "verify", out)


def test_installed_command_is_interrupted_without_leftovers(tmp_path):
    (tmp_path / "covers").mkdir()
    for number in range(300):
        images.write_pgm(tmp_path / f"covers/{number}.pgm", np.roll(skimage.data.camera(), number, axis=1))
    arguments = ["embed", "--embedder", "wow", "--payload", "0.4", "--processes", "2", "covers", "--out", "out"]
    running = subprocess.Popen(
        [STEGO, *arguments],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background ignores it
    )
    while not list(tmp_path.glob(".out.*.tmp/*.pgm")):
        assert running.poll() is None, running.stderr.read()
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGINT)
    told = running.communicate(timeout=60)[1].strip().splitlines()
    assert running.returncode == 130
    assert told[-1] == "stego embed: interrupted: nothing half-made was kept; give the same command to start again"
    assert not any("Traceback" in line for line in told)
    assert [path.name for path in tmp_path.iterdir()] == ["covers"]


def test_progress_tells_rate_and_time_left_once_a_minute(monkeypatch, caplog):
    clock = iter(range(0, 10_000, 25))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with caplog.at_level("INFO", "stegdata.progress"):
        assert list(progress.follow(range(8), "train-000")) == list(range(8))
    assert [record.message for record in caplog.records] == [
        "train-000: 3 of 8 images, 0.04 images/s, 02:05 left",
        "train-000: 6 of 8 images, 0.04 images/s, 00:50 left",
    ]
    assert progress.line("x", 30, None, 10.0) == "x: 30 images, 3 images/s"


EMBED = ("embed", "--embedder", "wow", "--payload", 0.4)


@pytest.mark.parametrize("out", ["covers/stego", "covers/a/b/c", "covers/../covers/new"])
def test_stegos_among_covers_are_refused(covers, tmp_path, capsys, out):
    """The habit of many scripts: cover/ and stego/ below one folder, which is given again for the next payload."""
    message = refused(capsys, *EMBED, covers, "--out", tmp_path / out)
    assert "expected a folder for results apart from" in message and not (tmp_path / out).exists()


def test_a_folder_of_stegos_is_not_taken_as_covers(covers, tmp_path, capsys):
    embed(*EMBED[1:], covers / "a", "--out", tmp_path / "stego")
    message = refused(capsys, *EMBED, tmp_path / "stego", "--out", tmp_path / "again")
    assert "stego/manifest.tsv: expected images that nobody embedded in, found a table" in message
    (tmp_path / "stego/manifest.tsv").write_text("name\tage\n")  # a table of the user's own
    embed(*EMBED[1:], tmp_path / "stego", "--out", tmp_path / "again")


def test_names_that_are_no_utf8_and_hidden_files(tmp_path, capsys):
    """Bytes of Latin-1; what macOS and Windows put beside images; both in the manifest and before `stego verify`."""
    folder = tmp_path / "covers"
    folder.mkdir()
    name = os.fsdecode(b"caf\xe9.pgm")
    for file in (name, "._1.pgm", "Thumbs.db", ".DS_Store", "1.pgm"):
        (folder / file).write_bytes(pgm(1, 32, 32) if file in (name, "1.pgm") else b"\0\5\x16\7")
    out = tmp_path / "out"
    embed(*EMBED[1:], folder, "--out", out, "--processes", 1)
    assert {file.name for file in out.iterdir()} == {"1.pgm", name, "manifest.tsv"}
    assert {row["stego"] for row in manifest_of(out)} == {"1.pgm", r"caf\udce9.pgm"}
    (out / "._1.pgm").write_bytes(b"\0\5\x16\7")
    assert command.main(["verify", str(out)]) == 0
    (out / name).write_bytes(b"x")
    assert "1 findings" in refused(capsys, "verify", out)


def test_links_are_as_in_sources(tmp_path, capsys):
    (tmp_path / "covers/real").mkdir(parents=True)
    (tmp_path / "covers/real/1.pgm").write_bytes(pgm(1, 32, 32))
    (tmp_path / "covers/2.pgm").symlink_to("real/1.pgm")
    embed(*EMBED[1:], tmp_path / "covers", "--out", tmp_path / "out")
    (tmp_path / "covers/alias").symlink_to("real")
    assert "alias: expected files in folders, found a link to a folder" in refused(
        capsys, *EMBED, tmp_path / "covers", "--out", tmp_path / "more"
    )


@pytest.mark.parametrize("name", ["map.npy", "map.png", "cover.pgm"])
def test_cost_replaces_no_file_of_the_users(tmp_path, capsys, name):
    """A cost map that this command drew is replaced by --force; a picture of the user's or an array is not."""
    cover = tmp_path / "cover.pgm"
    images.write_pgm(cover, skimage.data.camera()[:32, :32].copy())
    out = tmp_path / name
    if name != "cover.pgm":
        assert command.main(["cost", str(cover), "--out", str(out)]) == 0
        assert "expected a new file" in refused(capsys, "cost", cover, "--out", out)
    if name == "map.png":
        assert command.main(["cost", str(cover), "--out", str(out), "--force"]) == 0
        Image.fromarray(np.zeros((8, 8), np.uint8)).save(out)
    before = out.read_bytes()
    assert "expected " in refused(capsys, "cost", cover, "--out", out, "--force")
    assert out.read_bytes() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_output_that_cannot_be_written_is_one_line(covers, tmp_path):
    arguments = ["embed", "--embedder", "lsbm", "--payload", "0.4", str(covers), "--out", str(tmp_path / "out")]
    with Path("/dev/full").open("w") as full:
        program = [sys.executable, "-c", "from workflow.command import main; raise SystemExit(main())"]
        done = subprocess.run([*program, *arguments], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert (
        done.stderr.strip().splitlines()[-1].startswith("stego embed: standard output: expected to write to it, got ")
    )
