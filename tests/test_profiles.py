"""The cluster profiles: they plan, every value is explained, few are the user's to change."""

import re

import pytest
import yaml
from working_folder import ROOT, snakemake, tiny

every_profile = pytest.mark.parametrize("name", ["slurm", "generic"])


def text_of(name):
    return (ROOT / "workflow/profiles" / name / "config.yaml").read_text()


@every_profile
def test_the_paper_plans_through_the_profile(tmp_path, name):
    arguments = ("--configfile", ROOT / "config.yaml", "--profile", ROOT / "workflow/profiles" / name)
    plan = snakemake(tmp_path, *arguments, "-n", "results/tables", "--config", "run=paper").stdout
    trainings = re.findall(r"^rule (train|embed):\n(?:.+\n)*? +resources: (.*)$", plan, re.M)
    of_train = {found for rule, found in trainings if rule == "train"}
    of_embed = {found for rule, found in trainings if rule == "embed"}
    assert len(trainings) > 60 and of_train and of_embed
    assert all("gpu=1" in found and "mem_mb=8000" in found for found in of_train)
    assert not any("gpu=1" in found for found in of_embed)


@every_profile
def test_few_lines_are_to_change_and_every_value_has_a_comment(name):
    text = text_of(name)
    assert 0 < len(re.findall(r"^ *# CHANGE: ", text, re.M)) <= 5
    before = ""
    for line in text.splitlines():
        top_level = re.match(r"[a-z-]+: *\S", line)
        assert not top_level or before.startswith("#"), f"{line}: expected a comment above"
        before = line


def test_every_job_that_asks_for_a_gpu_goes_where_there_are_some(tmp_path):
    """As Snakemake reads the profile: trainings, and scoring with a network, whose inputs have weights."""
    detector = "results/detectors/sample/suniward-0.4bpp/{}/on/sample/suniward-0.4bpp/scores.tsv"
    targets = [detector.format(name) for name in ("xu-net-fc/tiny/seed-1", "xu-net-fc+spam-lda/tiny/seed-1")]
    folder, profile = tiny(tmp_path / "tiny"), ROOT / "workflow/profiles/slurm"
    plan = snakemake(folder, "--profile", profile, "-n", *targets).stdout
    jobs = re.findall(r"^rule (\w+):\n(?:.+\n)*? +resources: (.*)$", plan, re.M)
    asking = [rule for rule, resources in jobs if "gpu=1" in resources]
    assert sorted(asking) == sorted(rule for rule, resources in jobs if "slurm_partition=gpu" in resources)
    # the network on test and val; its feature detector and the mean are scored without
    assert sorted(asking) == ["score", "score", "train"] and [rule for rule, _ in jobs].count("score") > 2


@every_profile
def test_jobs_that_travel_together_are_rules(name):
    profile = yaml.safe_load(text_of(name))
    rules = "\n".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    for rule in [*profile["groups"], *profile.get("set-resources", {})]:
        assert re.search(rf"^(use rule \w+ as {rule} with|rule {rule}):$", rules, re.M), rule
    assert set(profile["group-components"]) == set(profile["groups"].values())
    assert profile["retries"] >= 2 and profile["latency-wait"] >= 60
