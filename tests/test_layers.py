"""Imports go in one line, names alone take result paths apart, and the `snakemake` object stays in workflow/."""

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: embedders <- stegdata <- models <- workflow: each may import those left of it.
PACKAGES = ("embedders", "stegdata", "models", "workflow")
OURS = {*PACKAGES, "tests"}
NEVER = {
    "embedders": {"tensorflow", "keras", "h5py", "PIL", "pathlib", "os", "snakemake"},  # but embedders/own.py
    "stegdata": {"tensorflow", "keras", "numba", "snakemake"},
    "models": {"numba", "snakemake", "PIL", "matplotlib", "tabulate", "statsmodels"},
    "workflow": {"tensorflow", "keras", "numba"},
}
#: A path of results taken apart by position.
TAKEN_APART = re.compile(r"\.parts\[|\.parents\[")


def imported(path, nodes=ast.walk):
    """Full names of all modules that a file imports, wherever in the file, or in those nodes of its tree."""
    for node in nodes(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            if node.module.partition(".")[0] in OURS:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            else:
                yield node.module


def at_once(tree):
    """What runs when a module is imported: neither functions nor what only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        checked = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if not checked and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from at_once(node)


def files_of(package):
    return sorted((ROOT / package).rglob("*.py"))


def within(module, names):
    return any(module == name or module.startswith(f"{name}.") for name in names)


def modules_of(package):
    """Module name -> file."""
    found = {}
    for path in files_of(package):
        name = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        found[name.removesuffix(".__init__")] = path
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_go_downwards(package):
    assert files_of(package)
    for path in files_of(package):
        for module in imported(path):
            top = module.partition(".")[0]
            allowed = top not in OURS or top in PACKAGES[: PACKAGES.index(package) + 1]
            reads_files = path.relative_to(ROOT).as_posix() == "embedders/own.py" and top in ("os", "pathlib")
            forbidden = top in NEVER[package] and not reads_files
            assert allowed and not forbidden, f"{path.relative_to(ROOT)} imports {module}"


def circle(modules):
    """Modules that need one another to be imported, or None."""
    graph = {name: set() for name in modules}
    for name, path in modules.items():
        for found in imported(path, at_once):
            around = sorted(module for module in modules if within(found, [module]))
            # the module itself, and the packages around it that are not around this one too
            graph[name] |= {*around[-1:], *(module for module in around if not within(name, [module]))} - {name}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return None


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_needs_itself(package):
    assert circle(modules_of(package)) is None


def test_names_alone_take_paths_of_results_apart():
    sources = [path for package in ("stegdata", "models", "workflow") for path in files_of(package)]
    rules = sorted((ROOT / "workflow" / "rules").glob("*.smk"))
    assert rules
    for path in {*sources, *rules} - {ROOT / "stegdata" / "names.py"}:
        assert not TAKEN_APART.search(path.read_text()), path


def test_the_snakemake_object_is_named_in_workflow_and_numba_in_kernel_files_only():
    for path in (path for package in PACKAGES[:-1] for path in files_of(package)):
        names = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
        assert "snakemake" not in names, path
    for path in files_of("embedders"):
        if not path.name.startswith("_kernels") and path.name != "kernel.py":
            assert "numba" not in {module.partition(".")[0] for module in imported(path)}, path


def test_test_modules_import_no_test_modules():
    """What several of them use is a plain module beside them, also of the code that they run in other processes."""
    modules = sorted((ROOT / "tests").glob("test_*.py"))
    assert len(modules) > 30
    for path in modules:
        assert not re.search(r"^\s*(import|from) test_", path.read_text(), re.MULTILINE), path


def test_the_walker_sees_what_is_forbidden(tmp_path):
    bad = tmp_path / "bad.py"
    bad.write_text(
        "from stegdata.names import Part\ndef f():\n    from models import training\n    import keras as k\n"
    )
    assert set(imported(bad)) == {"stegdata.names.Part", "models.training", "keras"}
    assert list(imported(bad, at_once)) == ["stegdata.names.Part"]
    (tmp_path / "a.py").write_text("class A:\n    from models.b import c\n")
    (tmp_path / "b.py").write_text("import models.a\nif TYPE_CHECKING:\n    import models.b\n")
    assert set(circle({"models.a": tmp_path / "a.py", "models.b": tmp_path / "b.py"})) == {"models.a", "models.b"}
    assert circle({"models.a": tmp_path / "a.py", "models.c": tmp_path / "b.py"}) is None
    assert TAKEN_APART.search("path.parents[1]") and TAKEN_APART.search("Path(path).parts[-2]")
