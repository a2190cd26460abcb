"""A folder of clinical images, from header to shards: grouped by patient, and no word of a header in any output."""

import io
import re
import shutil
import tarfile
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
import yaml
from making_archives import groups_of, read
from making_dicom import write_dicom
from pictures import noise
from PIL import Image
from refusals import refusal
from working_folder import ROOT, rows, snakemake

from stegdata import sources
from stegdata.errors import DataError
from stegdata.exclusions import LEFT_OUT, NOTED
from stegdata.formats import dicom, dicom_header, images
from workflow.configuration import check

OWN = Path(pydicom.__file__).parent / "data" / "test_files"
PATIENT = {"PatientName": "Marker^Patient Anna", "PatientID": "ID-4711-X", "PatientBirthDate": "19420317"}
#: Name of a file -> another for the folder: with ending and without, nested, and as patients are filed.
FILES = {
    "CT_small.dcm": "ct/1/CT_small.dcm",
    "MR_small.dcm": "IM000002",
    "MR_small_RLE.dcm": "again/4MR1/slice.dcm",
    "examples_overlay.dcm": "021234567.dcm",
    "examples_ybr_color.dcm": "us/loop.dcm",
    "JPEG2000.dcm": "nm/8NM1",
    "rtplan.dcm": "plan.dcm",
    "rtdose.dcm": "dose.dcm",
    "reportsi.dcm": "report.dcm",
}


def copy_own(folder):
    for name, target in FILES.items():
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(OWN / name, folder / target)
    return folder


def write(path, pixels=None, **elements):
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_dicom(path, noise(20, 20) if pixels is None else pixels, **PATIENT | elements)


def private_values(path):
    """Text of all elements that could tell a patient, a day, a place or a study."""
    values, groups = set(), (0x0008, 0x0010, 0x0020, 0x0032, 0x0038, 0x0040)
    for element in pydicom.dcmread(path, force=True, stop_before_pixels=True).iterall():
        if element.VR in ("PN", "LO", "SH", "DA", "DT", "TM", "UI", "ST", "LT", "UT") and element.tag.group in groups:
            several = element.value if element.VM > 1 else [element.value or ""]
            values |= {
                part for value in several for part in (str(value), *str(value).split("^")) if len(set(part)) >= 4
            }
    return values


# ---------------------------------------------------------------------------------------- listing and reading


def test_patients_are_grouped_wherever_their_files_lie(tmp_path):
    listing = sources.opened("folder", copy_own(tmp_path), group="patient").listing()
    groups = listing.groups
    frames = [f"us__loop__frame{number:04d}" for number in range(1, 31)]
    opaque = [name for name in groups if name.startswith("dicom-")]
    assert len(opaque) == 3 and set(groups) == {"ct__1__CT_small", "IM000002", *frames, *opaque}
    images_read = dict(read("folder", tmp_path, list(groups)))
    same = [name for name in opaque if np.array_equal(images_read[name], images_read["IM000002"])]
    assert len(same) == 1 and groups[same[0]] == groups["IM000002"] == "IM000002"
    assert {groups[name] for name in frames} == {frames[0]} and len(set(groups.values())) == 5
    left_out = {exclusion.cover: exclusion.reason for exclusion in listing.exclusions if exclusion.status == LEFT_OUT}
    assert left_out["plan"].endswith("RT Plan Storage") and left_out["dose"].endswith("RT Dose Storage")
    assert left_out["report"].startswith("as no image, but DICOM: ") and len(left_out) == 3
    overlays = [exclusion.cover for exclusion in listing.exclusions if "overlay" in exclusion.reason]
    assert len(overlays) == 1 and overlays[0] in opaque


@pytest.mark.parametrize("packed", [None, "a.zip", "a.tgz"])
def test_frames_are_covers_that_stay_together(tmp_path, packed):
    frames = np.stack([noise(6, 8, seed=seed) for seed in range(3)])
    folder = tmp_path / "photos"
    write(folder / "x" / "loop.dcm", frames.reshape(18, 8), NumberOfFrames=3, Rows=6)
    write(folder / "x" / "ID-4711-X", frames[0])
    Image.fromarray(frames[1]).save(folder / "x" / "a__frame0001.png")
    path = folder
    if packed:
        path = tmp_path / packed
        if packed == "a.zip":
            with zipfile.ZipFile(path, "w") as archive:
                for file in sorted((folder / "x").iterdir()):
                    archive.write(file, f"top/x/{file.name}")
        else:
            with tarfile.open(path, "w:gz") as archive:
                archive.add(folder, "top")
    top = "top__x__" if packed else "x__"
    groups = groups_of("folder", path)
    (opaque,) = (name for name in groups if name.startswith("dicom-"))
    loop = [f"{top}loop__frame000{number}" for number in (1, 2, 3)]
    assert groups == {f"{top}a__frame0001": f"{top}a__frame0001", opaque: opaque} | dict.fromkeys(loop, loop[0])
    assert set(groups_of("folder", path, group="folder").values()) == {opaque}
    images_read = dict(read("folder", path, list(groups)))
    for number, name in enumerate(loop):
        assert np.array_equal(images_read[name], frames[number])
        assert np.array_equal(dict(read("folder", path, [name]))[name], frames[number])
    assert np.array_equal(images_read[opaque], frames[0]) and np.array_equal(
        images_read[f"{top}a__frame0001"], frames[1]
    )
    for name in ("x__loop__frame0004", "dicom-0000"):
        assert f"expected image {name}, found none" in refusal(read, "folder", path, [name])


@pytest.mark.parametrize("group", sources.GROUPS)
@pytest.mark.parametrize("name", ["Marker", "Patient_Anna", "anna", "id4711x", "ID-4711-X", "1942-03-17", "1.2.3.44"])
def test_no_name_and_no_group_tells_the_patient(tmp_path, group, name):
    write(tmp_path / name / "1.dcm", noise(8, 8, seed=1), SOPInstanceUID="1.2.3.44")
    write(tmp_path / f"{name}_1", noise(8, 8, seed=2), SOPInstanceUID="1.2.3.44")
    listing = sources.opened("folder", tmp_path, group=group).listing()
    groups = listing.groups
    assert len(groups) == 2 and all(text.startswith("dicom-") for text in (*groups, *groups.values()))
    assert {exclusion.cover for exclusion in listing.exclusions} == set(groups)
    assert len(dict(read("folder", tmp_path, list(groups)))) == 2


def test_a_short_patient_id_is_known_as_a_word(tmp_path):
    write(tmp_path / "204" / "1.dcm", PatientID="204")
    write(tmp_path / "us2045.dcm", PatientID="204")
    first, second = sorted(groups_of("folder", tmp_path))
    assert first.startswith("dicom-") and second == "us2045"


def test_other_names_are_kept(tmp_path):
    write(tmp_path / "chest" / "slice_1.dcm")
    write(tmp_path / "chest" / "1.2.840.5")
    assert set(groups_of("folder", tmp_path)) == {"chest__slice_1", "chest__1.2.840.5"}


def test_a_file_twice_under_names_of_the_patient_is_told(tmp_path):
    path = write(tmp_path / "Marker" / "1.dcm")
    shutil.copy(path, path.with_name("2.dcm"))
    message = refusal(groups_of, "folder", tmp_path)
    assert re.search(r"expected one image of each name, found 'dicom-[0-9a-f]{16}' 2 times", message)


def test_without_patient_there_is_no_group_by_patient(tmp_path):
    write_dicom(tmp_path / "a.dcm", noise(8, 8))
    message = refusal(groups_of, "folder", tmp_path, group="patient")
    assert "a.dcm: expected a PatientID, as files are grouped by patient, found none" in message
    (tmp_path / "a.dcm").unlink()
    Image.fromarray(noise(8, 8)).save(tmp_path / "a.png")
    message = refusal(groups_of, "folder", tmp_path, group="patient")
    assert "a.png: expected DICOM files only, as files are grouped by patient" in message


@pytest.mark.parametrize(
    ("stated", "expected"), [("YES", "may name"), ("NO", None), (None, "lack of"), ("", "lack of")]
)
def test_burnt_in_annotation_is_reported(tmp_path, stated, expected):
    elements = {} if stated is None else {"BurnedInAnnotation": stated}
    write(tmp_path / "a.dcm", **elements)
    noted = sources.opened("folder", tmp_path).listing().exclusions
    assert [exclusion.cover for exclusion in noted] == (["a"] if expected else [])
    assert all(expected in exclusion.reason and exclusion.status == NOTED for exclusion in noted)


# ---------------------------------------------------------------------------------------- no word of a header


@pytest.mark.parametrize("element", ["WindowCenter", "RescaleSlope"])
def test_errors_hold_no_value_of_the_patient(tmp_path, element):
    """A tool wrote a name where a number belongs; pydicom's own message quotes it."""
    path = write(tmp_path / "a.dcm", noise(20, 20).astype(np.uint16), WindowCenter="10", WindowWidth="20")
    dataset = pydicom.dcmread(path)
    with warnings.catch_warnings(action="ignore"):
        dataset.add_new(element, "LO", "Marker^Patient Anna")
        dataset.RescaleIntercept = 0
        dataset.save_as(path)
    message = refusal(images.read, path)
    assert "Marker" not in message and "Anna" not in message and "a.dcm: expected" in message


def test_a_broken_file_is_told_without_its_content(tmp_path):
    whole = write(tmp_path / "a.dcm").read_bytes()
    for length in range(140, len(whole), 29):
        for call in (dicom_header.read, dicom.read):
            try:
                call("b.dcm", whole[:length])
            except DataError as error:
                assert "Marker" not in str(error) and "4711" not in str(error) and "\n" not in str(error)


def test_warnings_of_pydicom_stay_inside(tmp_path, capfd):
    path = write(tmp_path / "a.dcm", PatientID="ID-4711-X")
    data = path.read_bytes().replace(b"19420317", b"17.March")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        dicom_header.read("a.dcm", data)
        dicom.read("a.dcm", data)
    assert not caught and "March" not in "".join(capfd.readouterr())


@pytest.mark.filterwarnings("ignore")
def test_the_documented_clinic_leaves_no_word_of_a_header_anywhere(tmp_path):
    """The example of docs/data.md, on pydicom's own files and one that is full of markers, to shards and card."""
    example = (ROOT / "docs/data.md").read_text().split("```yaml\n")[1].split("```")[0]
    clinic = yaml.safe_load(example)["sources"]["clinic"]
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    config["sources"]["clinic"] = clinic
    check(config)
    copy_own(tmp_path / "data")
    markers = {"AccessionNumber": "ACC-MARKER-99", "StudyDescription": "Marker description", "StudyDate": "20190911"}
    write(tmp_path / "data" / "Marker^Patient" / "1.dcm", noise(90, 90), **markers)
    clinic |= {"path": "data", "size": 64, "order": "sorted", "train": 2, "val": 1, "test": 8, "shard_pairs": 8}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    snakemake(
        tmp_path, "--cores", 2, "results/datasets/clinic/suniward-0.1bpp.md", "results/export/clinic/suniward-0.1bpp"
    )
    snakemake(tmp_path, "--cores", 1, "verify")
    split = rows(tmp_path / "results/covers/clinic/split.tsv")
    assert len(split) == 11 and len({(row["group"], row["split"]) for row in split}) == len(
        {row["group"] for row in split}
    )
    log = (tmp_path / "results/logs/split/clinic.log").read_text()
    assert "covers noted, for the lack of a statement on burnt-in annotation" in log
    assert "1 covers noted, for an overlay, which is not drawn: dicom-" in log
    values = {value for path in (tmp_path / "data").rglob("*") if path.is_file() for value in private_values(path)}
    assert {"Marker", "ID-4711-X", "19420317", "ACC-MARKER-99", "20190911", "CompressedSamples", "AKH - WIEN"} <= values
    written = [file for file in tmp_path.rglob("*") if file.is_file() and not file.is_relative_to(tmp_path / "data")]
    assert len(written) > 40 and any(file.suffix == ".h5" for file in written)
    for file in written:
        content = file.read_bytes() + str(file.relative_to(tmp_path)).encode()
        assert not [value for value in values if value.encode() in content], file


def test_bytes_of_a_frame_and_of_a_file_agree(tmp_path):
    path = write(tmp_path / "a.dcm")
    data = path.read_bytes()
    assert np.array_equal(images.decode("a.dcm", data), images.read(path))
    assert "b: expected an image file, got an empty file" in refusal(images.decode, "b", b"")
    buffer = io.BytesIO()
    Image.fromarray(noise(5, 6)).save(buffer, "PNG")
    assert np.array_equal(images.decode("c", buffer.getvalue()), noise(5, 6))
