"""The cluster profiles: they plan, every value is explained, few are the user's to change."""

import re

import pytest
import yaml
from working_folder import ROOT, snakemake

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


def test_every_rule_that_asks_for_a_gpu_goes_where_there_are_some():
    detectors = (ROOT / "workflow/rules/detectors.smk").read_text()
    rules = re.findall(r"^(?:rule|use rule (\w+) as) (\w+)(?: with)?:\n((?:(?: .*)?\n)*)", detectors, re.M)
    asking = {name for _, name, body in rules if "gpu=1" in body}
    asking |= {name for origin, name, body in rules if origin in asking and "gpu=" not in body}
    settings = yaml.safe_load(text_of("slurm"))["set-resources"]
    assert {"train", "evaluate", "cross_evaluate", "weigh"} <= asking
    assert {rule for rule, value in settings.items() if value.get("slurm_partition") == "'gpu'"} == asking


@every_profile
def test_jobs_that_travel_together_are_rules(name):
    profile = yaml.safe_load(text_of(name))
    rules = "\n".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    for rule in [*profile["groups"], *profile.get("set-resources", {})]:
        assert re.search(rf"^(use rule \w+ as {rule} with|rule {rule}):$", rules, re.M), rule
    assert set(profile["group-components"]) == set(profile["groups"].values())
    assert profile["retries"] >= 2 and profile["latency-wait"] >= 60
