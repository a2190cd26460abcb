"""`stegdata.sources.alaska2`: a folder in the layout of ALASKA2, made of photographs by our own embedders."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from making_alaska2 import PAYLOAD, PHOTOGRAPHS, STEGOS, embed_all, pairs_of
from making_archives import opened
from marks import needs_kernels
from PIL import Image
from refusals import refusal

import embedders
from stegdata import shards
from stegdata.exclusions import Exclusion
from stegdata.formats import images, jpeg
from stegdata.sources import alaska2

REAL = Path(__file__).resolve().parents[2] / "shared" / "covers" / "alaska2" / "Cover"
pytestmark = needs_kernels

every_embedder = pytest.mark.parametrize("embedder", STEGOS)
both_geometries = pytest.mark.parametrize("resize", ["crop", "matlab"])


@pytest.fixture
def folder(alaska2_folder, tmp_path):
    """A copy to spoil."""
    return shutil.copytree(alaska2_folder, tmp_path / "alaska2")


def listing(path):
    return opened("alaska2", path).listing()


def change(path, edit, source=None):
    """Write a stego anew with `edit`ed coefficients of its cover."""
    cover = jpeg.read(source or path.parent.parent / "Cover" / path.name)
    planes = [plane.copy() for plane in cover.coefficients]
    edit(planes)
    jpeg.write(path, cover, planes)


# ---------------------------------------------------------------------------------------- listing


def test_covers_are_listed_with_their_gaps(alaska2_folder):
    listed = listing(alaska2_folder)
    assert listed.groups == {name: name for name in PHOTOGRAPHS} and listed.exclusions == []
    assert listing(str(alaska2_folder)) == listed


def test_covers_without_a_stego_are_left_out_and_counted(folder):
    (folder / "UERD" / "00005.jpg").unlink()
    (folder / "JMiPOD" / "00100.jpg").unlink()
    (folder / "JUNIWARD" / "00100.jpg").unlink()
    listed = listing(folder)
    assert listed.groups == {name: name for name in ("00001", "00004", "00017", "80005")}
    assert listed.exclusions == [Exclusion(name, "left out", "as a stego is missing") for name in ("00005", "00100")]


def test_covers_are_read(alaska2_folder):
    for name, image in opened("alaska2", alaska2_folder).read(["80005", "00001"]):
        assert np.array_equal(image, jpeg.read(alaska2_folder / "Cover" / f"{name}.jpg").luminance)


@pytest.mark.parametrize("name", STEGOS.values())
def test_a_stego_without_cover_is_named(folder, name):
    for number in ("00009", "00008"):
        shutil.copy(folder / name / "00001.jpg", folder / name / f"{number}.jpg")
    message = refusal(listing, folder)
    assert message.startswith(f"{folder / name / '00008.jpg'}: expected its cover in {folder / 'Cover'}")
    assert message.endswith(f"(1 more: {folder / name / '00009.jpg'})")


@pytest.mark.parametrize("name", ["Cover", *STEGOS.values()])
@pytest.mark.parametrize("left", [None, "nothing", "notes"])
def test_an_empty_or_missing_folder_is_named(folder, name, left):
    shutil.rmtree(folder / name)
    if left:
        (folder / name).mkdir()
    if left == "notes":
        (folder / name / "readme.txt").write_text("none")
    message = refusal(listing, folder)
    assert message.startswith(f"{folder / name}: expected JPEG files <ID>.jpg, found none")


# ---------------------------------------------------------------------------------------- pairs


@every_embedder
@both_geometries
def test_pairs_are_read(alaska2_folder, embedder, resize):
    names = ["00100", "00001", "80005"]
    pairs = pairs_of(alaska2_folder, embedder, names, resize=resize)
    assert [pair.name for pair in pairs] == names
    for pair in pairs:
        cover = jpeg.read(alaska2_folder / "Cover" / f"{pair.name}.jpg")
        stego = jpeg.read(alaska2_folder / STEGOS[embedder] / f"{pair.name}.jpg")
        plane, table = cover.coefficients[0], cover.quantization_tables[0]
        blocks = plane.reshape(plane.shape[0] // 8, 8, -1, 8)
        assert pair.elements == np.count_nonzero(blocks) - np.count_nonzero(blocks[:, 0, :, 0])
        assert pair.change_rate == np.mean(plane != stego.coefficients[0])
        changes = round(pair.change_rate * plane.size)
        assert pair.entropy_bits == embedders.estimate_bits(embedder, plane, table, changes=changes)
        assert np.array_equal(pair.quantization_table, table) and pair.changes is pair.coefficients is None
        assert pair.cover.dtype == pair.stego.dtype == np.uint8 and pair.cover.shape == pair.stego.shape == (64, 64)
        assert not np.array_equal(pair.cover, pair.stego)
        assert not np.shares_memory(pair.cover, cover.luminance)


@every_embedder
def test_coefficients_that_are_kept_are_those_below_the_crop(alaska2_folder, embedder):
    for pair in pairs_of(alaska2_folder, embedder, keep_coefficients=True):
        cover, stego = pair.coefficients
        assert cover.shape == stego.shape == pair.changes.shape == (64, 64) and pair.changes.dtype == np.int8
        assert np.array_equal(cover + pair.changes, stego) and pair.changes.any()
        for plane, pixels in ((cover, pair.cover), (stego, pair.stego)):
            assert np.array_equal(embedders.dct.decode(plane, pair.quantization_table), pixels)


def test_a_crop_lies_on_the_grid(alaska2_folder):
    """Its pixels are those of whole blocks, which decode by themselves to the same."""
    corners = []
    for pair in pairs_of(alaska2_folder):
        for folder, pixels in (("Cover", pair.cover), ("UERD", pair.stego)):
            image = jpeg.read(alaska2_folder / folder / f"{pair.name}.jpg")
            height, width = image.luminance.shape
            rows, columns = range(0, height - 63, 8), range(0, width - 63, 8)
            regions = [np.s_[top : top + 64, left : left + 64] for top in rows for left in columns]
            match = [region for region in regions if np.array_equal(image.luminance[region], pixels)]
            assert len(match) == 1
            blocks = image.coefficients[0][match[0]]
            assert np.array_equal(embedders.dct.decode(blocks, image.quantization_tables[0]), pixels)
            down, across = (part.start for part in match[0])
            assert 0 <= (height - 64) / 2 - down < 8 and 0 <= (width - 64) / 2 - across < 8
            corners.append((down, across))
    assert corners[::2] == corners[1::2] and corners[0] == (16, 32)


def test_resized_pairs_are_the_resized_luminance(alaska2_folder):
    for pair in pairs_of(alaska2_folder, resize="matlab"):
        for folder, pixels in (("Cover", pair.cover), ("UERD", pair.stego)):
            luminance = jpeg.read(alaska2_folder / folder / f"{pair.name}.jpg").luminance
            assert np.array_equal(pixels, images.resize(luminance, 64, "matlab"))


@every_embedder
def test_the_estimate_is_near_the_payload(alaska2_folder, embedder):
    pairs = pairs_of(alaska2_folder, embedder)
    assert len(pairs) == 6
    assert np.mean([pair.entropy_bits / pair.elements for pair in pairs]) == pytest.approx(PAYLOAD, rel=0.1)


@pytest.mark.skipif(not REAL.is_dir(), reason=f"genuine ALASKA2 covers stay untried: none at {REAL}")
@every_embedder
def test_genuine_covers(genuine, embedder):
    names = list(listing(genuine).groups)
    assert len(names) == 6
    cropped, resized = (pairs_of(genuine, embedder, names, size=256, resize=how) for how in ("crop", "matlab"))
    for crop, small in zip(cropped, resized, strict=True):
        luminance = jpeg.read(genuine / STEGOS[embedder] / f"{crop.name}.jpg").luminance
        assert luminance.shape == (512, 512) and np.array_equal(crop.stego, luminance[128:384, 128:384])
        assert np.array_equal(small.stego, images.resize(luminance, 256, "matlab"))
        assert (crop.change_rate, crop.elements) == (small.change_rate, small.elements)
    assert np.mean([pair.entropy_bits / pair.elements for pair in cropped]) == pytest.approx(PAYLOAD, rel=0.1)


@pytest.fixture(scope="module")
def genuine(tmp_path_factory):
    """Two genuine covers of each quality, with stegos."""
    path = tmp_path_factory.mktemp("genuine")
    (path / "Cover").mkdir()
    first_steps = {}
    for file in sorted(REAL.glob("*.jpg")):
        alike = first_steps.setdefault(int(jpeg.read(file).quantization_tables[0][0, 0]), [])
        if len(alike) < 2:
            alike.append(file.stem)
            shutil.copyfile(file, path / "Cover" / file.name)
        if sum(map(len, first_steps.values())) == 6:
            break
    assert len(first_steps) == 3
    embed_all(path, [file.stem for file in sorted((path / "Cover").iterdir())])
    return path


# ---------------------------------------------------------------------------------------- dropped and refused


@both_geometries
def test_a_stego_equal_to_its_cover_is_dropped_and_counted(folder, tmp_path, resize):
    for name in ("80005", "00004"):
        shutil.copy(folder / "Cover" / f"{name}.jpg", folder / "UERD" / f"{name}.jpg")
    dropped = []
    pairs = pairs_of(folder, names=["80005", "00001", "00004", "00005"], resize=resize, dropped=dropped)
    assert [pair.name for pair in pairs] == ["00001", "00005"] and dropped == ["80005", "00004"]
    shards.build(tmp_path / "a.h5", pairs, {"split": "train"} | alaska2.describe(dropped))
    read = shards.read(tmp_path / "a.h5")
    assert read.names.tolist() == ["00001", "00005"] and read.attributes["dropped"] == 2
    assert read.planes["quality"].tolist() == [75, 95]
    assert json.loads(read.attributes["dropped_names"]) == ["00004", "80005"]
    assert pairs_of(folder, "jmipod", ["80005"], dropped=dropped) and len(dropped) == 2
    assert alaska2.describe([]) == {"dropped": 0, "dropped_names": "[]"}


def test_a_stego_with_equal_luminance_is_dropped(folder):
    def chroma_only(planes):
        planes[1][0, 0] += 1

    def beyond_the_crop(planes):
        planes[0][0, 1] += 1

    change(folder / "UERD" / "00001.jpg", chroma_only)
    change(folder / "UERD" / "00004.jpg", beyond_the_crop)
    dropped = []
    assert [pair.name for pair in pairs_of(folder, names=["00001", "00004", "00005"], dropped=dropped)] == ["00005"]
    assert dropped == ["00001", "00004"]
    for resize in ("crop", "matlab"):
        assert pairs_of(folder, names=["00001"], resize=resize) == []


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.7, 0.999])
@pytest.mark.parametrize("part", ["Cover", "UERD"])
def test_a_file_cut_short_is_named(folder, part, share):
    path = folder / part / "00005.jpg"
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    message = refusal(pairs_of, folder)
    assert message.startswith(f"{path}: expected")


@pytest.mark.parametrize("part", ["Cover", "UERD"])
def test_a_file_gone_since_it_was_listed_is_named(folder, part):
    (folder / part / "00005.jpg").unlink()
    assert refusal(pairs_of, folder).startswith(f"{folder / part / '00005.jpg'}: expected")


@pytest.mark.parametrize("other", ["quality", "size", "sampling", "grey", "another cover"])
def test_a_stego_of_another_kind_is_named(folder, other):
    path = folder / "UERD" / "00001.jpg"
    picture, options = Image.open(folder / "Cover" / "00001.jpg"), {"quality": 75, "subsampling": 0}
    if other == "quality":
        options["quality"] = 90
    elif other == "size":
        picture = picture.crop((0, 0, 128, 88))
    elif other == "sampling":
        options["subsampling"] = 2
    elif other == "grey":
        picture = picture.convert("L")
    picture.save(path, **options)
    if other == "another cover":
        shutil.copy(folder / "UERD" / "00100.jpg", path)
    message = refusal(pairs_of, folder)
    assert message.startswith(f"{path}: expected size, sampling and quantization tables of its cover (96x128), got")


def test_an_image_smaller_than_asked_is_named(alaska2_folder):
    for resize in ("crop", "matlab"):
        message = refusal(pairs_of, alaska2_folder, names=["00001"], size=100, resize=resize)
        assert message.startswith(f"{alaska2_folder}/Cover/00001.jpg: ") and "96" in message and "100" in message


def test_an_estimate_that_fails_names_the_stego(alaska2_folder, monkeypatch):
    def fails(*_, changes):
        raise embedders.EmbedderError("message: expected more, got less")

    monkeypatch.setattr(embedders, "estimate_bits", fails)
    assert refusal(pairs_of, alaska2_folder).startswith(f"{alaska2_folder}/UERD/00001.jpg: message")


def test_one_bad_pair_never_hides_another(folder):
    for name in ("00001", "00100"):
        file = folder / "UERD" / f"{name}.jpg"
        file.write_bytes(file.read_bytes()[:500])
    pairs = opened("alaska2", folder).pairs("uerd", list(PHOTOGRAPHS), size=64, resize="crop", dropped=[])
    assert [next(pairs).name for _ in range(4)] == ["00004", "00005", "00017", "80005"]
    assert refusal(next, pairs).endswith(f"(1 more: {folder / 'UERD' / '00100.jpg'})")
