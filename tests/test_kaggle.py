"""ALASKA2 from Kaggle's own client against a server of this machine, or from its zip; no secret anywhere."""

import io
import json
import os
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml
from hosts import Answer, serve
from kagglesdk import kaggle_env
from making_alaska2 import pairs_of
from making_archives import opened
from marks import needs_kernels
from refusals import refusal
from working_folder import ROOT, snakemake, tiny

from stegdata.errors import DataError
from stegdata.sources import kaggle

REQUEST = "/api/v1/competitions.CompetitionApiService/DownloadDataFiles"
NAME = "alaska2-image-steganalysis"
SECRET = "marker-Zq7-secret"


def listing(path):
    return opened("alaska2", path).listing()


def pack(path, folder, top=""):
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*.jpg")):
            archive.write(file, f"{top}{file.relative_to(folder).as_posix()}")
        archive.writestr(f"{top}sample_submission.csv", "Id,Label\n")
    return path


# ---------------------------------------------------------------------------------------- by kagglehub


@pytest.fixture
def host(tmp_path, monkeypatch):
    """Kaggle, as kagglehub meets it; no credentials but those that a test sets."""
    for name in [name for name in os.environ if name.startswith("KAGGLE") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", "TEST")
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path / "home" / ".kaggle"))
    (tmp_path / "home" / ".kaggle").mkdir(parents=True)
    with serve() as server:
        monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.TEST, server.base)
        yield server


def fetch(tmp_path, room=1000):
    kaggle.fetch(tmp_path / "alaska2.path", NAME, room=room)
    return kaggle.located(tmp_path / "alaska2.path")


def small_zip():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for folder in ("Cover", "JMiPOD", "JUNIWARD", "UERD"):
            archive.writestr(f"{folder}/00001.jpg", b"content")
    return buffer.getvalue()


def set_token(monkeypatch, home):
    monkeypatch.setenv("KAGGLE_API_TOKEN", SECRET)


def set_token_file(monkeypatch, home):
    (home / "access_token").write_text(SECRET)


def set_json(monkeypatch, home):
    (home / "kaggle.json").write_text(json.dumps({"username": "somebody", "key": SECRET}))


def set_variables(monkeypatch, home):
    monkeypatch.setenv("KAGGLE_USERNAME", "somebody")
    monkeypatch.setenv("KAGGLE_KEY", SECRET)


@pytest.mark.parametrize("set_up", [set_token, set_token_file, set_json, set_variables])
def test_any_credentials_of_kagglehub_will_do(tmp_path, monkeypatch, host, capfd, set_up):
    set_up(monkeypatch, tmp_path / "home" / ".kaggle")
    host.answers[REQUEST] = Answer(small_zip())
    folder = fetch(tmp_path)
    assert listing(folder).groups == {"00001": "00001"} and folder.is_relative_to(tmp_path / "cache")
    assert "Authorization" in host.requests[0][1]
    assert SECRET not in "".join(capfd.readouterr()) + (tmp_path / "alaska2.path").read_text()
    assert fetch(tmp_path) == folder


def test_without_credentials_nothing_is_asked_and_the_steps_are_told(tmp_path, host):
    with pytest.raises(DataError, match=r"expected credentials of Kaggle, found none: \(1\) sign in.*accept the rules"):
        fetch(tmp_path)
    assert host.requests == [] and not (tmp_path / "alaska2.path").exists()


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_refusal_tells_the_steps_and_no_secret(tmp_path, monkeypatch, host, capfd, status):
    monkeypatch.setenv("KAGGLE_API_TOKEN", SECRET)
    host.answers[REQUEST] = Answer(b'{"message": "not you"}', status)
    with pytest.raises(DataError) as caught:
        fetch(tmp_path)
    message = str(caught.value)
    assert f"expected its files from kaggle.com, got KaggleApiHTTPError {status}: (1) sign in" in message
    assert f"https://www.kaggle.com/competitions/{NAME}/rules" in message and "sources.alaska2-crop.path" in message
    assert caught.value.__cause__ is None and caught.value.__suppress_context__
    assert SECRET not in message + "".join(capfd.readouterr()) and not (tmp_path / "alaska2.path").exists()


def test_a_broken_credentials_file_is_told_without_its_content(tmp_path, host):
    (tmp_path / "home" / ".kaggle" / "kaggle.json").write_text(f"{{{SECRET}")
    with pytest.raises(DataError, match=r"got ValueError: \(1\) sign in") as caught:
        fetch(tmp_path)
    assert SECRET not in str(caught.value)


def test_a_full_disk_is_told_before_the_download(tmp_path, monkeypatch, host):
    monkeypatch.setenv("KAGGLE_API_TOKEN", SECRET)
    with pytest.raises(DataError, match=r"expected 1000000000 GB free below .*cache, got .*: set KAGGLEHUB_CACHE"):
        fetch(tmp_path, room=10**18)
    assert host.requests == []


def test_a_cache_that_was_cleared_is_told(tmp_path):
    (tmp_path / "a.path").write_text("/nowhere/at/all\n")
    with pytest.raises(
        DataError, match=r"a\.path: expected the files of Kaggle at /nowhere/at/all, found none: delete"
    ):
        kaggle.located(tmp_path / "a.path")
    assert kaggle.located(tmp_path) == tmp_path and kaggle.located("x.zip") == Path("x.zip")


# ---------------------------------------------------------------------------------------- its zip


@needs_kernels
@pytest.mark.parametrize("top", ["", "alaska2-image-steganalysis/"])
def test_a_zip_is_the_same_as_its_folder(tmp_path, alaska2_folder, top):
    path = pack(tmp_path / "a.zip", alaska2_folder, top)
    packed, unpacked = listing(path), listing(alaska2_folder)
    assert packed.groups == unpacked.groups and unpacked.exclusions == []
    assert [exclusion.cover for exclusion in packed.exclusions] == ["*.csv"]  # as Kaggle's zip has one
    for ours, theirs in zip(pairs_of(path), pairs_of(alaska2_folder), strict=True):
        assert ours.name == theirs.name and ours.change_rate == theirs.change_rate
        assert (ours.cover == theirs.cover).all() and (ours.stego == theirs.stego).all()


@needs_kernels
def test_a_bad_member_of_a_zip_is_named(tmp_path, alaska2_folder):
    folder = shutil.copytree(alaska2_folder, tmp_path / "alaska2")
    stego = folder / "UERD" / "00004.jpg"
    stego.write_bytes(stego.read_bytes()[:900])
    path = pack(tmp_path / "a.zip", folder)
    assert "/a.zip/UERD/00004.jpg: expected" in refusal(pairs_of, path)
    assert "Cover/00009.jpg: expected" in refusal(pairs_of, path, names=["00009"])


def test_an_archive_without_the_folders_is_refused(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w"):
        pass
    assert "a.tar/Cover: expected JPEG files <ID>.jpg, found none" in refusal(listing, tmp_path / "a.tar")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a/Cover/1.jpg", b"")
        archive.writestr("b/Cover/1.jpg", b"")
    assert "a.zip/Cover: expected JPEG files <ID>.jpg, found none" in refusal(listing, tmp_path / "a.zip")
    assert "nowhere: expected an archive or a folder of images, found nothing" in refusal(listing, tmp_path / "nowhere")


# ---------------------------------------------------------------------------------------- no secret anywhere

FAKE = f"""
import os, shutil
from pathlib import Path

shutil.disk_usage = lambda folder: shutil._ntuple_diskusage(1 << 40, 0, 1 << 40)  # whatever this machine has

def competition_download(name):
    assert name == "{NAME}" and os.environ["KAGGLE_API_TOKEN"] == "{SECRET}"
    print("request with", os.environ["KAGGLE_API_TOKEN"])
    if not Path("alaska2").is_dir():
        raise RuntimeError("401 for " + os.environ["KAGGLE_API_TOKEN"])
    return "alaska2"
"""


@needs_kernels
def test_no_secret_is_written_anywhere(tmp_path):
    """From download to card, refused once and then let in, with a client that prints the secret and throws it."""
    fake = tmp_path / "fake" / "kagglehub"
    fake.mkdir(parents=True)
    (fake / "__init__.py").write_text(FAKE)
    (fake / "config.py").write_text("def get_kaggle_credentials():\n    return object()\n")
    folder = tiny(tmp_path / "tiny")
    config = yaml.safe_load((folder / "config.yaml").read_text())
    config["sources"]["alaska2-crop"]["path"] = None
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    secrets = {"KAGGLE_API_TOKEN": SECRET, "KAGGLE_KEY": SECRET, "KAGGLE_USERNAME": SECRET}
    secrets |= {"PYTHONPATH": str(fake.parent), "KAGGLEHUB_CACHE": str(tmp_path)}
    target = "results/datasets/alaska2-crop/uerd-precomputed.md"
    (folder / "alaska2").rename(folder / "later")
    refused = snakemake(folder, "--cores", 2, target, check=False, **secrets)
    assert refused.returncode == 1 and "got RuntimeError: (1) sign in" in refused.stdout
    (folder / "later").rename(folder / "alaska2")
    said = refused.stdout + snakemake(folder, "--cores", 2, target, **secrets).stdout
    assert (folder / target).exists() and (folder / "resources/alaska2.path").exists()
    written = [file for file in folder.rglob("*") if file.is_file()]
    assert any(file.suffix == ".h5" for file in written) and any(file.suffix == ".log" for file in written)
    assert SECRET not in said
    for file in written:
        assert SECRET.encode() not in file.read_bytes(), file


def test_the_steps_name_every_way_in():
    assert all(word in kaggle.STEPS for word in ("KAGGLE_API_TOKEN", "access_token", "kaggle.json", "KAGGLE_KEY"))
    assert "KAGGLE_API_TOKEN" in (ROOT / "docs/data.md").read_text()
