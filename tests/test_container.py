"""The container recipes, whose images no test can build: both install what the Makefile does, from the same lock."""

import re
import tomllib

from working_folder import ROOT

INSTALL = re.compile(r"pip install (.*--require-hashes -r )(\S+)")


def installs(name):
    """Options and lock file of every `pip install` of a recipe."""
    return [
        (sorted(set(options.split()) - {"--no-cache-dir", "--quiet", "--disable-pip-version-check"}), named(lock))
        for options, lock in INSTALL.findall((ROOT / name).read_text())
    ]


def named(lock):
    """Name of a lock file, as the Makefile has it where no other is asked for."""
    found = re.search(r"^LOCKED \?= (\S+)$", (ROOT / "Makefile").read_text(), re.M)
    return lock.replace("$(LOCKED)", found[1])


def test_both_recipes_install_the_lock_as_the_makefile_does():
    (makefile,) = installs("Makefile")
    for name in ("workflow/Dockerfile", "workflow/container.def"):
        ((options, lock),) = installs(name)
        assert options == makefile[0] and lock == f"/opt/{makefile[1]}", name
        assert re.search(rf"{makefile[1]} {lock}", (ROOT / name).read_text()), f"{name} copies the lock"


def test_both_recipes_start_from_one_python_that_the_project_takes():
    base = {re.search(r"^From: *(\S+)", (ROOT / "workflow/container.def").read_text(), re.M)[1]}
    base |= {re.search(r"^FROM (\S+)", (ROOT / "workflow/Dockerfile").read_text(), re.M)[1]}
    assert len(base) == 1
    version = tuple(map(int, re.search(r"python:(\d+)\.(\d+)", base.pop()).groups()))
    requires = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    lowest, above = (tuple(map(int, bound)) for bound in re.findall(r"(\d+)\.(\d+)", requires))
    assert lowest <= version < above


def test_the_snakefile_names_the_image_that_the_recipe_says():
    image = re.search(r'^container: "(.+)"$', (ROOT / "Snakefile").read_text(), re.M)[1]
    assert f"apptainer build {image} workflow/container.def" in (ROOT / "workflow/container.def").read_text()
