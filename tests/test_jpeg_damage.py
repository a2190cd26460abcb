"""What `stegdata.formats.jpeg` refuses: damage is one DataError, and never ends the process."""

import os
import subprocess
import sys

import numpy as np
import pytest
from odd_jpegs import CODINGS, jpeg_bytes, photograph, refusal
from PIL import Image
from processes import ROOT, run_python

from stegdata.formats import jpeg


def arithmetic(path):
    """Recode a JPEG arithmetically, which Pillow cannot."""
    import jpegio

    loaded = jpegio.read(str(path))
    loaded.optimize_coding, loaded.arith_code = 1, 1
    loaded.write(str(path))


def test_other_kinds_of_jpeg_are_refused(tmp_path):
    path = tmp_path / "a.jpg"
    Image.fromarray(np.zeros((9, 9, 4), np.uint8), "CMYK").save(path)
    assert "4 (CMYK or YCCK)" in refusal(jpeg.read, path)
    Image.fromarray(photograph(9, 9)).save(path, keep_rgb=True)
    assert "RGB" in refusal(jpeg.read, path)
    path.write_bytes(jpeg_bytes())
    arithmetic(path)
    assert "arithmetic-coded" in refusal(jpeg.read, path)
    content = bytearray(jpeg_bytes())
    frame = content.index(b"\xff\xc0")
    for offset, value, word in ((1, 0xC3, "lossless"), (4, 12, "12"), (11, 0x11, "sampling"), (7, 0, "0 (height")):
        patched = content.copy()
        patched[frame + offset] = value
        if offset == 7:
            patched[frame + 8] = 0
        if offset == 11:
            patched[frame + 14] = 0x22
        path.write_bytes(patched)
        assert word in refusal(jpeg.read, path)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8", b"P5 1 1 255\n0", b"\xff\xd8\xff", b"\xff\xd8\xff\xd9", bytes(99)]
)
def test_what_is_no_jpeg_is_refused(tmp_path, content):
    (tmp_path / "a.jpg").write_bytes(content)
    refusal(jpeg.read, tmp_path / "a.jpg")
    refusal(jpeg.read, tmp_path)
    refusal(jpeg.read, tmp_path / "none.jpg")


@pytest.mark.parametrize("coding", CODINGS)
def test_a_truncated_file_is_refused_wherever_it_is_cut(tmp_path, coding, capfd):
    whole = jpeg_bytes(**CODINGS[coding])
    path = tmp_path / "a.jpg"
    for length in [*range(1, len(whole) - 10, 31), *range(len(whole) - 10, len(whole))]:
        path.write_bytes(whole[:length])
        refusal(jpeg.read, path)
        path.write_bytes(whole[:length] + b"\xff\xd9")
        if length < len(whole) - 20:
            refusal(jpeg.read, path)
    assert capfd.readouterr().err == ""


def test_a_giant_in_the_header_takes_no_memory(tmp_path):
    content = bytearray(jpeg_bytes())
    frame = content.index(b"\xff\xc0")
    for side in (65500, 9999):
        content[frame + 5 : frame + 9] = side.to_bytes(2, "big") * 2
        (tmp_path / "a.jpg").write_bytes(content)
        assert str(side) in refusal(jpeg.read, tmp_path / "a.jpg")


def test_damage_is_told_by_the_error_and_other_output_passes(tmp_path, capfd):
    content = bytearray(jpeg_bytes())
    scan = content.index(b"\xff\xda")
    del content[scan + 200 : scan + 260]
    (tmp_path / "a.jpg").write_bytes(content)
    assert "complaint of libjpeg" in refusal(jpeg.read, tmp_path / "a.jpg")
    assert capfd.readouterr().err == ""
    result, complaint = jpeg._with_stderr(lambda: os.write(2, b"a line of another thread\n"))
    assert result == 25 and complaint == ""
    assert capfd.readouterr().err == "a line of another thread\n"


def test_threads_and_a_closed_stderr_do_no_harm(tmp_path):
    whole = jpeg_bytes()
    scan = whole.index(b"\xff\xda")
    for number in range(8):
        damaged = whole[: scan + 200] + whole[scan + 260 :]
        (tmp_path / f"{number}.jpg").write_bytes(damaged if number % 2 else whole)
    code = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from stegdata.formats import jpeg
def kind(path):
    try:
        return type(jpeg.read(path)).__name__
    except Exception as error:
        return type(error).__name__
with ThreadPoolExecutor(8) as pool:
    kinds = list(pool.map(kind, sorted(Path(sys.argv[1]).glob("*.jpg")) * 20))
print(set(kinds[::2]) == {"JpegImage"}, set(kinds[1::2]) == {"DataError"})
"""
    for redirection, output in (("", "True True"), (" 2>&-", "True ")):
        command = f"exec {sys.executable} -c '{code.replace(chr(39), chr(34))}' {tmp_path}{redirection}"
        result = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True)
        assert result.stdout.startswith(output) and result.stderr == "", (redirection, result)


FUZZ = """
import random, sys
from pathlib import Path
from stegdata.formats import jpeg
from stegdata.errors import DataError
rng, folder = random.Random(int(sys.argv[2])), Path(sys.argv[1])
whole = [path.read_bytes() for path in sorted(folder.glob("whole-*.jpg"))]
read = refused = 0
for _ in range(int(sys.argv[3])):
    content = bytearray(rng.choice(whole))
    for _ in range(rng.choice([1, 2, 9])):
        place = rng.randrange(2, len(content) - 2)
        what = rng.random()
        if what < 0.7:
            content[place] = rng.randrange(256)
        elif what < 0.85:
            del content[place : place + rng.choice([1, 2, 50])]
        else:
            content[place:place] = content[place : place + rng.choice([1, 2, 50])]
        if len(content) < 20:
            break
    (folder / "a.jpg").write_bytes(content)
    try:
        loaded = jpeg.read(folder / "a.jpg")
        jpeg.write(folder / "b.jpg", loaded, loaded.coefficients)
        read += 1
    except DataError as error:
        assert "got" in str(error)
        refused += 1
print(read, refused)
"""


def test_no_damage_ends_the_process(tmp_path):
    for number, coding in enumerate(CODINGS.values()):
        (tmp_path / f"whole-{number}.jpg").write_bytes(jpeg_bytes(24, 40, **coding))
    result = run_python(FUZZ, tmp_path, 7, 1500, timeout=300)
    assert result.returncode == 0 and result.stderr == ""
    read, refused = map(int, result.stdout.split())
    assert read > 100 and refused > 500
