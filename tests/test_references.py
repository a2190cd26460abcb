"""Names in messages, docstrings, comments and pages: modules, functions, files, options, targets, keys exist."""

import argparse
import ast
import importlib
import re
from functools import cache
from unittest.mock import patch

import pytest
import snakemake.cli
from working_folder import ROOT

from workflow import command

PACKAGES = ("embedders", "stegdata", "models", "workflow")
MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
RULES = [ROOT / "Snakefile", *sorted((ROOT / "workflow/rules").glob("*.smk"))]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "config.yaml", "Makefile")]
PAGES += [*sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "workflow").glob("*/*.yaml"))]
FILES = [*MODULES, *RULES, *PAGES]
#: Files that a reader makes, and options of other tools.
MADE = {"tests/tiny/results", "workflow/container.sif", "models/networks/small_net.py"}
OF_OTHER_TOOLS = {"--raw", "--dereference"}


@cache
def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def prose(path):
    """Texts of a file: all strings of a module and its comments, the whole of any other."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return text
    strings = [
        node.value for node in ast.walk(tree(path)) if isinstance(node, ast.Constant) and type(node.value) is str
    ]
    return "\n".join([*strings, *re.findall(r"#.*$", text, re.M)])


def exists(dotted):
    """Whether a dotted name is a module, or an attribute of one."""
    names = dotted.split(".")
    for count in range(len(names), 0, -1):
        try:
            value = importlib.import_module(".".join(names[:count]))
        except ModuleNotFoundError:
            continue
        for name in names[count:]:
            if not hasattr(value, name) and name not in getattr(value, "__dataclass_fields__", ()):
                return False
            value = getattr(value, name, None)
        return True
    return False


def test_modules_and_functions_exist():
    packages = "|".join(PACKAGES)
    for path in FILES:
        named = set(re.findall(rf"(?<![\w.])((?:{packages})(?:\.\w+)+)", prose(path)))
        if path in RULES:  # Snakemake's object there
            named = {name for name in named if not name.startswith("workflow.")}
        files = {name for name in named if name.endswith((".py", ".md", ".smk", ".yaml"))}
        assert [name for name in sorted(named - files) if not exists(name)] == [], path


def test_files_of_the_repository_exist():
    folders = "|".join([*PACKAGES, "docs", "tests", "benchmarks", "config"])
    for path in FILES:
        named = set(re.findall(rf"(?<![\w./~<>-])((?:{folders})/[\w./-]*\w)(?![\w*%_]|_\b)", prose(path)))
        absent = {name for name in named if not (ROOT / name).exists() and name not in MADE}
        if path.suffix == ".md":
            links = re.findall(r"\]\(([\w./-]+\.\w+)(?:#[\w-]*)?\)", prose(path))
            absent |= {link for link in links if not (path.parent / link).exists()}
        assert sorted(absent) == [], path


@cache
def options_of_stego():
    """Subcommand -> its options."""
    parsers = []
    with patch.object(argparse._SubParsersAction, "add_parser", autospec=True) as add_parser:
        add_parser.side_effect = lambda self, name, **_: (
            parsers.append((name, argparse.ArgumentParser())) or parsers[-1][1]
        )
        with pytest.raises(BaseException):  # noqa: B017 it ends without arguments
            command.main(["nothing"])
    return {name: set(parser._option_string_actions) for name, parser in parsers}


def test_options_and_subcommands_exist():
    known = set().union(*options_of_stego().values()) | {"--help"}
    known |= set(snakemake.cli.get_argument_parser()._option_string_actions) | OF_OTHER_TOOLS
    for path in FILES:
        text = prose(path).replace("\\\n", " ")
        for name, rest in re.findall(r"(?:^|`)\s*(?:\S*/)?stego (?!sets?\b)(\w+)([^`\n]*)", text, re.M):
            assert name in command.SUBCOMMANDS, f"{path}: {name}"
            assert set(re.findall(r"(?<![\w-])--[a-z-]+", rest)) <= options_of_stego()[name], f"{path}: {rest}"
        if path in MODULES:
            assert set(re.findall(r"(?<![\w-])--[a-z]{2,}[a-z-]*", text)) <= known, path


def test_targets_of_make_and_rules_exist():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M))
    rules = set(re.findall(r"^rule (\w+):", "\n".join(path.read_text() for path in RULES), re.M))
    for path in FILES:
        assert set(re.findall(r"`make ([\w-]+)", prose(path))) <= targets, path
        assert set(re.findall(r"\brules? `(\w+)`", prose(path))) <= rules, path


@cache
def words_of_the_code():
    """Every name and text of the product: what a word in backticks may stand for."""
    words = set()
    for path in MODULES:
        for node in ast.walk(tree(path)):
            words |= {
                getattr(node, key) for key in ("id", "attr", "arg", "name") if isinstance(getattr(node, key, 0), str)
            }
            if isinstance(node, ast.Constant) and type(node.value) is str and "`" not in node.value:
                words |= set(re.findall(r"\w+", node.value))
        words |= set(path.relative_to(ROOT).with_suffix("").parts)
    for path in (*RULES, ROOT / "config.yaml"):
        words |= set(re.findall(r"\w+", path.read_text()))
    return words


def test_words_in_backticks_exist():
    for path in [*MODULES, *RULES]:
        named = set(re.findall(r"(?<!`)`([a-zA-Z_]\w*)(?:\(.*?\))?`(?!`)", prose(path)))
        assert sorted(named - words_of_the_code()) == [], path


def test_keys_of_messages_are_keys_of_the_configuration():
    """`key` of a source, recipe, run or experiment in the messages of planning and sources."""
    models = (ROOT / "workflow/configuration.py", ROOT / "models/recipe.py")
    keys = {word for path in models for word in re.findall(r"\w+", path.read_text())}
    for path in (ROOT / "stegdata").rglob("*.py"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Raise):
                named = set(re.findall(r"`(\w+)` (?:of|under|in config)", ast.unparse(node)))
                assert named <= keys, f"{path.name}: {named - keys}"
