"""`stego embed --message`, `stego extract` and `stego capacity` on files."""

import csv

import numpy as np
import pytest
import skimage.data
from commands import refusals, refused
from PIL import Image

from stegdata.formats import images, jpeg
from workflow import command

pytest.importorskip("cryptography")
SECRET = bytes(range(256)) * 2


@pytest.fixture
def folder(tmp_path):
    """A key, a message, and a cover of each format."""
    pixels = skimage.data.camera()[100:292, 100:292].copy()
    (tmp_path / "key").write_bytes(b"correct horse\n")
    (tmp_path / "other").write_bytes(b"battery staple")
    (tmp_path / "secret.bin").write_bytes(SECRET)
    (tmp_path / "in").mkdir()
    images.write_pgm(tmp_path / "in/a.pgm", pixels)
    Image.fromarray(pixels).save(tmp_path / "in/b.png")
    Image.fromarray(skimage.data.astronaut()[:256, :256]).save(tmp_path / "in/c.jpg", quality=85)
    (tmp_path / "mine.py").write_text(
        'import numpy as np\n\nDOMAIN = "spatial"\n\n\ndef costs(cover):\n    return np.ones(cover.shape)\n'
    )
    return tmp_path


def run(*arguments):
    assert command.main([str(argument) for argument in arguments]) == 0


def embed(folder, name, embedder, *more):
    run(
        *("embed", "--embedder", embedder, "--message", folder / "secret.bin", "--key-file", folder / "key"),
        *(folder / "in" / name, "--out", folder / "out", *more),
    )
    return folder / "out" / name


@pytest.mark.parametrize(
    ("name", "embedder"),
    [("a.pgm", "hill"), ("b.png", "mipod"), ("c.jpg", "juniward"), ("c.jpg", "nsf5"), ("a.pgm", "mine.py")],
)
def test_a_message_is_read_back(folder, name, embedder):
    stego = embed(folder, name, folder / embedder if embedder.endswith(".py") else embedder)
    run("extract", "--key-file", folder / "key", stego, "--out", folder / "got.bin")
    assert (folder / "got.bin").read_bytes() == SECRET
    with (folder / "out/manifest.tsv").open() as file:
        (row,) = csv.DictReader(file, delimiter="\t")
    assert int(row["message_bits"]) == 8 * (len(SECRET) + 16) and 0 < float(row["change_rate"]) < 0.2
    if name == "c.jpg":  # chrominance and tables are those of the cover
        before, after = jpeg.read(folder / "in/c.jpg"), jpeg.read(stego)
        assert all(np.array_equal(a, b) for a, b in zip(before.coefficients[1:], after.coefficients[1:], strict=True))
    else:
        difference = images.read(stego).astype(int) - images.read(folder / "in" / name)
        assert np.abs(difference).max() == 1


def test_another_key_image_or_a_changed_stego_gives_one_error_and_no_file(folder, capsys):
    stego, out = embed(folder, "a.pgm", "hill"), folder / "got.bin"
    pixels = images.read(stego)
    images.write_pgm(folder / "changed.pgm", np.where(np.arange(pixels.size).reshape(pixels.shape) % 97, pixels, 128))
    images.write_pgm(folder / "cropped.pgm", pixels[:, :-8].copy())
    Image.fromarray(pixels).save(folder / "again.jpg", quality=95)
    for key, path in (
        ("other", stego),
        ("key", folder / "in/a.pgm"),
        *(("key", folder / name) for name in ("changed.pgm", "cropped.pgm", "again.jpg")),
    ):
        line = refused(capsys, "extract", "--key-file", folder / key, path, "--out", out)
        assert "stego: expected " in line and not out.exists()


def test_two_messages_under_one_key_differ_everywhere(folder):
    first = images.read(embed(folder, "a.pgm", "lsbm"))
    (folder / "out").rename(folder / "before")
    second = images.read(embed(folder, "a.pgm", "lsbm"))
    cover = images.read(folder / "in/a.pgm")
    both = np.count_nonzero((first != cover) & (second != cover))
    share = np.count_nonzero(first != cover) * np.count_nonzero(second != cover) / cover.size
    assert both < 1.5 * share + 60  # changes meet as those of unrelated messages do, but for the header's places


def test_a_folder_of_covers_has_a_message_each(folder, capsys):
    (folder / "texts").mkdir()
    for name in ("a", "b"):
        (folder / f"texts/{name}.txt").write_text(f"for {name}")
    covers = folder / "in/a.pgm", folder / "in/b.png"
    arguments = ("embed", "--embedder", "wow", "--messages", folder / "texts", "--out", folder / "out")
    run(*arguments, "--no-encryption", *covers)
    for name in ("a.pgm", "b.png"):
        run("extract", "--no-encryption", folder / "out" / name, "--out", folder / f"{name}.txt")
        assert (folder / f"{name}.txt").read_text() == f"for {name[0]}"
    (folder / "texts/b.txt").unlink()
    out = ("embed", "--embedder", "wow", "--messages", folder / "texts", "--out", folder / "new", "--no-encryption")
    assert "expected one message for each cover, named like it, got 0 for b" in refused(capsys, *out, *covers)


def test_what_is_asked_wrongly_is_one_line(folder, capsys):
    hide = ("embed", "--embedder", "hill", "--message", folder / "secret.bin", "--out", folder / "out")
    cover, key = folder / "in/a.pgm", ("--key-file", folder / "key")
    assert "or --no-encryption for a message that everybody may read, got neither" in refused(capsys, *hide, cover)
    assert "got both" in refused(capsys, *hide, cover, *key, "--no-encryption")
    assert "expected one cover for one message, got 2" in refused(capsys, *hide, *key, cover, folder / "in/b.png")
    (folder / "empty").touch()
    assert "expected a passphrase, got an empty file" in refused(capsys, *hide, cover, "--key-file", folder / "empty")
    (folder / "secret.bin").write_bytes(bytes(20_000))
    assert "message of 160128 bits" in refused(capsys, *hide, *key, cover) and not (folder / "out").exists()
    stego = folder / "in/a.pgm"
    line = refused(capsys, "extract", *key, stego, "--out", folder / "key")
    assert "expected a new file" in line and (folder / "key").read_bytes() == b"correct horse\n"


def test_capacity_counts_the_bytes_that_fit(folder, capsys):
    (folder / "in/tiny.pgm").write_bytes(b"P5 2 2 255\n1234")
    (folder / "in/cut.pgm").write_bytes(b"P5 9 9 255\n1234")
    out, lines = refusals(capsys, "capacity", "--embedder", "hill", "--payload", 0.3, folder / "in")
    rows = dict(line.split("\t") for line in out.splitlines()[1:])
    fits = int(rows[str(folder / "in/a.pgm")])
    assert fits == int(0.3 * 192 * 192 - 344) // 8 - 16 and rows[str(folder / "in/tiny.pgm")] == "0"
    assert "cut.pgm" in lines[0] and len(lines) == 2
    (folder / "secret.bin").write_bytes(bytes(fits))
    embed(folder, "a.pgm", "hill")
