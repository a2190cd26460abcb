"""Users' own embedders: one Python file each, named in the configuration or on the command line."""

import ast
import hashlib
import importlib.util
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import embedders
from embedders import Domain, Embedder, EmbedderError
from stegdata.files import expanded

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*", re.ASCII)
FUNCTION = "costs"


def register(paths: Mapping[str, str]) -> None:
    """Let embedders in files be known by name, as those of the package are.

    A file has a line `DOMAIN = "spatial"` or `DOMAIN = "jpeg"`, and a function `costs` (see `embedders.own.method`).
    It is read here, and run when costs are first asked for. Its version is a hash of its source: a change of
    it makes what depends on it anew.

    Parameters
    ----------
    paths : mapping
        Name -> file.

    Raises
    ------
    EmbedderError
        A name that is none or another embedder's; a file that cannot be read, or has no such line or function.
    """
    for name, path in paths.items():
        _register(name, Path(expanded(str(path))))


def named(argument: str) -> str:
    """Name of an embedder on the command line; a file, mine.py, is registered under its stem."""
    if argument.endswith(".py"):
        name = Path(argument).stem.replace("_", "-")
        register({name: argument})
        return name
    return argument


def entry(name: str) -> Embedder:
    """Entry of the registry; EmbedderError for an unknown name."""
    if name not in embedders.EMBEDDERS:
        raise EmbedderError(f"embedder: expected one of {', '.join(embedders.EMBEDDERS)}, or a file.py, got {name!r}")
    return embedders.EMBEDDERS[name]


def _register(name: str, path: Path) -> None:
    if not NAME.fullmatch(name):
        raise EmbedderError(f"{name}: expected a name of small letters, digits and hyphens, such as my-costs")
    try:
        source = path.read_bytes()
        tree = ast.parse(source, str(path))
    except OSError as error:
        raise EmbedderError(f"{path}: expected the Python file of embedder {name}, got {error.strerror}") from error
    except (SyntaxError, ValueError) as error:
        raise EmbedderError(f"{path}: expected Python, got {error}") from error
    domain = _domain(tree, path)
    if not any(isinstance(node, ast.FunctionDef) and node.name == FUNCTION for node in tree.body):
        wanted = "cover" if domain == "spatial" else "coefficients, table"
        raise EmbedderError(f"{path}: expected a function {FUNCTION}({wanted}), got none: write one")
    told = (ast.get_docstring(tree) or f"user's own embedder {name}").partition("\n")[0]
    version = int(hashlib.sha256(source).hexdigest()[:12], 16)
    embedder = Embedder(name, domain, version, f"{told} (user's own, sha256 {version:012x})")
    embedders.register(embedder, _loader(path, version))


def _domain(tree: ast.Module, path: Path) -> Domain:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DOMAIN":
            value = node.value.value if isinstance(node.value, ast.Constant) else None
            for domain in Domain:
                if value == domain:
                    return domain
    raise EmbedderError(f'{path}: expected a line DOMAIN = "spatial" or DOMAIN = "jpeg", got none: add it')


def _loader(path: Path, version: int) -> Callable[[], Callable[..., Any]]:
    @cache
    def load() -> Callable[..., Any]:
        spec = importlib.util.spec_from_file_location(f"own_embedder_{version:012x}", path)
        if spec is None or spec.loader is None:
            raise EmbedderError(f"{path}: expected a Python file, got another")
        module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except Exception as error:  # whatever a user's file does
            raise EmbedderError(f"{path}: expected a file that runs, got {type(error).__name__}: {error}") from error
        return getattr(module, FUNCTION)

    return load
