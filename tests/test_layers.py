"""Imports go only downwards, and the `snakemake` object stays in workflow/: held by walking the syntax trees."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = {"embedders", "stegdata", "models", "workflow", "tests"}
#: What a package may import of ours, and what of others it may never import.
MAY = {
    "embedders": set(),
    "stegdata": set(),
    "models": {f"stegdata.{name}" for name in ("changes", "files", "names", "progress", "shards", "splits")},
    "workflow": {"embedders", "stegdata", "models", "workflow"},
}
NEVER = {
    "embedders": {"tensorflow", "keras", "h5py", "PIL", "pathlib", "os", "snakemake"},
    "stegdata": {"tensorflow", "keras", "numba", "snakemake"},
    "models": {"numba", "snakemake", "PIL"},
    "workflow": {"tensorflow", "keras", "numba"},
}


def imported(path):
    """Full names of all modules that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module
            yield from (f"{module}.{alias.name}" if module in OURS else module for alias in node.names)


def files_of(package):
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", MAY)
def test_imports_go_downwards(package):
    assert files_of(package)
    for path in files_of(package):
        for module in imported(path):
            top = module.partition(".")[0]
            if top in OURS and top != package:
                allowed = top in MAY[package] or any(module.startswith(name) for name in MAY[package])
                assert allowed, f"{path.relative_to(ROOT)} imports {module}"
            assert top not in NEVER[package], f"{path.relative_to(ROOT)} imports {module}"


def test_the_snakemake_object_is_named_in_workflow_only():
    for package in ("embedders", "stegdata", "models"):
        for path in files_of(package):
            names = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
            assert "snakemake" not in names, path


def test_numba_is_used_in_kernel_files_only():
    for path in files_of("embedders"):
        if not path.name.startswith("_kernels"):
            assert "numba" not in {module.partition(".")[0] for module in imported(path)}, path


def test_walker_sees_a_forbidden_import(tmp_path):
    bad = tmp_path / "bad.py"
    bad.write_text("def f():\n    from models import training\n    import tensorflow as tf\n")
    assert set(imported(bad)) == {"models.training", "tensorflow"}
