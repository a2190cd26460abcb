"""What is refused, and what is only planned: one line each, nothing lost."""

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time

import numpy as np
import pytest
from hosts import Answer, serve
from working_folder import ROOT, SNAKEMAKE, alaska2, hashes_of, snakemake, tiny

#: A command of README.md, the Makefile or config.yaml, whatever stands around it.
COMMAND = r"^[#\s'`]*(?:[\w .]*: )?(?:COVERS=\S+ )?snakemake (--(?:cores|executor)[^#\n`']*?)\s*(?:[#'`].*)?$"


def test_bad_cover_stops_the_job_with_one_line_and_no_output(tmp_path):
    folder = tiny(tmp_path / "bad")
    image = folder / "photographs" / "coffee" / "coffee.png"
    image.write_bytes(image.read_bytes()[:5000])
    done = snakemake(folder, "--cores", 1, "results/covers/photographs/train-000", check=False)
    assert done.returncode == 1 and "Traceback" not in done.stdout
    assert len(re.findall(r"^split photographs: DataError: .*coffee\.png: .*$", done.stdout, re.M)) == 1
    assert not list((folder / "results/covers/photographs").glob("*"))


def test_paper_run_plans_without_its_sources(tmp_path):
    done = snakemake(tmp_path, "--configfile", ROOT / "config.yaml", "--config", "run=paper", "-n", "results/tables")
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", done.stdout, re.M))
    # counted in tests/test_plan.py
    # features are scored on val too
    networks, features = 34 + 16 + 16 + 6, 18
    assert (jobs["train"], jobs["fit"], jobs["score"]) == tuple(map(str, (networks, features, networks + 2 * features)))
    assert (jobs["download"], jobs["kaggle"], jobs["split"], jobs["covers"], jobs["jpeg_covers"]) == tuple("21653")
    # 5,000 pairs each: of BOSSBase 3 shards and of BOWS2 2, x 2 embedders; and 3 of BOSSBase x 3 JPEG embedders
    assert jobs["embed"] == str(10 + 9)
    # 3,000 pairs each: 2 + 1 + 3 shards x 3 embedders x 2 geometries, and 1 + 1 + 2 for those combined
    assert jobs["precomputed"] == str(36 + 24)


def test_commands_of_readme_and_makefile_plan(tmp_path):
    """The literal lines of pages and studies, each as a dry run in a fresh folder."""
    pages = (ROOT / name for name in ("README.md", "docs/data.md"))
    text = "\n".join(page.read_text().replace("\\\n", "") for page in pages)
    studies = sorted((ROOT / "workflow/studies").glob("*.yaml"))
    text = "\n".join((text, *(path.read_text() for path in (ROOT / "Makefile", ROOT / "config.yaml", *studies))))
    commands = set(re.findall(COMMAND, text, re.M))
    commands |= set(re.findall(r"`snakemake (--[^`]+)`", text))
    assert len(commands) >= 6 and any("run=paper" in command for command in commands)
    folder = tmp_path / "project"
    folder.mkdir()
    (tmp_path / "shared/covers/tiles256").mkdir(parents=True)  # where studies look for images
    shutil.copy(ROOT / "config.yaml", folder)
    for command in sorted(commands):
        arguments = [word for word in command.split() if word != "--dry-run"]
        done = snakemake(folder, *arguments, "--dry-run", check=False, COVERS=str(tmp_path / "shared/covers/tiles256"))
        assert done.returncode == 0 and "Job stats" in done.stdout, f"{command}\n{done.stdout}"


def test_alaska2_at_its_default_place_is_never_an_output(tmp_path):
    target = "results/covers/alaska2-crop/split.tsv"
    configured = ("--configfile", ROOT / "config.yaml", "--cores", 1, "--forceall", target)
    refused = snakemake(tmp_path, *configured, check=False, HOME=str(tmp_path), KAGGLE_API_TOKEN="", KAGGLE_KEY="")
    assert refused.returncode == 1 and "expected credentials of Kaggle, found none: (1) sign in" in refused.stdout
    alaska2(tmp_path / "resources" / "alaska2")
    before = hashes_of(tmp_path / "resources/alaska2")
    too_few = snakemake(tmp_path, *configured, check=False)
    assert "source alaska2-crop: expected covers for 6000 train, 1500 val, 7500 test, found 9" in too_few.stdout
    assert hashes_of(tmp_path / "resources/alaska2") == before and len(before) == 39


def test_wrong_configuration_is_one_line(tmp_path):
    folder = tiny(tmp_path / "wrong")
    done = snakemake(folder, "-n", "--quiet", "--config", "run=tinny", check=False)
    lines = [line for line in done.stdout.splitlines() if "tinny" in line and "expected" in line]
    assert done.returncode == 1 and lines == [
        "config.yaml: run: expected one of tiny, got 'tinny'; nearest valid: tiny"
    ]
    assert "Traceback" not in done.stdout


def test_download_rule_refuses_a_page_and_resumes_after_kill_9(tmp_path):
    """BOWS2's first address is plain http, so a proxy on this machine can stand in for its host."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        info = tarfile.TarInfo("BOWS2OrigEp3/1.pgm")
        info.size = 300_000
        archive.addfile(info, io.BytesIO(np.random.default_rng(0).bytes(info.size)))
    body, url = buffer.getvalue(), "http://bows2.ec-lille.fr/BOWS2OrigEp3.tgz"
    arguments = ("--configfile", ROOT / "config.yaml", "--cores", 1, "resources/bows2/BOWS2OrigEp3.tgz")
    target = tmp_path / "resources/bows2/BOWS2OrigEp3.tgz"
    with serve() as host:
        proxy = dict.fromkeys(("http_proxy", "https_proxy"), host.base)
        host.answers[url] = Answer(b"<!DOCTYPE html><html>gone</html>")
        refused = snakemake(tmp_path, *arguments, check=False, **proxy)
        assert refused.returncode == 1 and "the answer is an HTML page" in refused.stdout
        assert "sources.bows2.path in config.yaml" in refused.stdout and not target.exists()
        host.answers[url] = Answer(body, headers={"ETag": '"one"'}, pause=0.1, piece=1000)
        command = [*SNAKEMAKE, "--directory", str(tmp_path), *map(str, arguments)]
        environment = os.environ | proxy | {"PYTHONPATH": ""}
        process = subprocess.Popen(command, env=environment, start_new_session=True, stderr=subprocess.DEVNULL)
        while not any(file.stat().st_size > 5000 for file in target.parent.glob(".*.part")):
            assert process.poll() is None
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        host.answers[url].pause = 0
        snakemake(tmp_path, *arguments, "--unlock")
        assert "resumed at byte" in snakemake(tmp_path, *arguments, **proxy).stdout
        assert "Range" in host.requests[-1][1] and target.read_bytes() == body


def test_what_the_rules_print_plans(tmp_path):
    """A path in a rule's docstring is an output of that rule, or lies below one; all of them plan."""
    targets = []
    several = {"detector": ".+", "combination": ".+", "val": "(?:val-)?"}

    def wildcard(match):
        return several.get(match[1], "[^/]+")

    for file in sorted((ROOT / "workflow/rules").glob("*.smk")):
        for rule in re.split(r"^(?=rule )", file.read_text(), flags=re.M)[1:]:
            outputs = re.findall(r'"(res[^"]+)"', rule.partition("    output:")[2].partition("    log:")[0])
            patterns = [re.sub(r"\\{(\w+)\\}", wildcard, re.escape(output)) for output in outputs]
            for printed in re.findall(r"\b(?:results|resources)/[^\s:,]+[^\s:,.]", rule.split('"""')[1]):
                found = [match[0] for match in (re.match(pattern, printed) for pattern in patterns) if match]
                assert found, f"{file.name}: {printed} is no output of its rule"
                targets += found
    assert len(targets) > 15
    configured = (
        "--configfile",
        ROOT / "config.yaml",
        ROOT / "workflow/studies/learning.yaml",
        "--config",
        "run=sample",
    )
    planned = snakemake(tmp_path, "-n", "--quiet", "rules", *configured, "--", *targets).stdout
    assert "Job stats" in planned


@pytest.mark.parametrize(
    ("modules", "heavy"),
    [
        (
            "embedders, models, stegdata.sources, stegdata.splits, workflow.plan",
            "tensorflow keras numba h5py pydicom requests kagglehub matplotlib",
        ),
        ("workflow.report.page", "tensorflow keras"),
    ],
    ids=["planning", "report"],
)
def test_what_loads_neither_tensorflow_nor_more(modules, heavy):
    code = f"import sys, {modules}; heavy = {{*{heavy.split()}}} & set(sys.modules); sys.exit(str(heavy or '') or None)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("results/shards/sample/suniward-0.40bpp/SHA256SUMS", "stego set: expected suniward-0.4bpp, got "),
        ("results/shards/sampel/suniward-0.4bpp/SHA256SUMS", "sampel: expected one of sample, bossbase, "),
        (
            "results/detectors/sample/suniward-0.4bpp/ye-net-fc/quik/seed-1/model.json",
            "quik: expected a recipe defined in config.yaml (quick, ",
        ),
    ],
)
def test_a_wrong_path_is_one_line(tmp_path, target, message):
    done = snakemake(tmp_path, "--configfile", ROOT / "config.yaml", "-n", target, check=False)
    assert done.returncode == 1 and message in done.stdout and "Traceback" not in done.stdout
