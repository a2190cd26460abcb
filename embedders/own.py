"""Users' own embedders: one Python file each with a function that returns costs; the function's costs are checked."""

import ast
import hashlib
import importlib.util
import os
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from embedders.domains import Domain
from embedders.interface import Embedder, EmbedderError
from embedders.registry import EMBEDDERS
from embedders.registry import register as add

if TYPE_CHECKING:
    from embedders.methods import Costs, Method

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*", re.ASCII)
FUNCTION = "costs"


def register(paths: Mapping[str, str]) -> None:
    """Add embedders in files to the registry.

    A file has a line `DOMAIN = "spatial"` or `DOMAIN = "jpeg"`, and a function `costs` (see `method`). It is parsed
    here and executed when costs are first requested. Its version is a hash of its source, so an edited file makes its
    stegos anew.

    Parameters
    ----------
    paths : mapping
        Name -> file; `~` and `$NAME` are expanded.

    Raises
    ------
    EmbedderError
        An invalid name or that of a built-in embedder; a file that cannot be read, or has no such line or function.
    """
    for name, path in paths.items():
        _register(name, Path(os.path.expandvars(str(path))).expanduser())


def resolve_name(argument: str) -> str:
    """Return the name of an embedder given on the command line; a file, mine.py, is registered under its stem."""
    if argument.endswith(".py"):
        name = Path(argument).stem.replace("_", "-")
        register({name: argument})
        return name
    if argument not in EMBEDDERS:
        raise EmbedderError(f"embedder: expected one of {', '.join(EMBEDDERS)}, or a file.py, got {argument!r}")
    return argument


def method(name: str, domain: Domain, function: Callable[..., Any]) -> "Method":
    """Wrap a user's function as a method.

    Parameters
    ----------
    name : str
        For messages.
    domain : Domain
        Arguments of the function: pixels uint8 [h, w]; or coefficients int [h, w] and their table int [8, 8].
    function : callable
        Returns costs [h, w] of +1 and -1 alike, or two such arrays; >= 0, `inf` where wet. Elements at the end of their
        range become wet in any case.

    Returns
    -------
    Method
        Whose costs raise EmbedderError for anything else.
    """
    from embedders.methods import Method

    def costs(*cover: NDArray[Any]) -> "Costs":
        returned = function(*(array.copy() for array in cover))
        both = returned if isinstance(returned, tuple) else (returned, returned)
        if len(both) != 2:
            raise EmbedderError(f"{name}: expected costs, or a tuple of those of +1 and of -1, got {len(both)} of them")
        checked = [_checked(name, rho, cover[0].shape) for rho in both]
        wet = domain.wet(cover[0], np.zeros(cover[0].shape))
        rho_p1, rho_m1 = (rho + limit for rho, limit in zip(checked, wet, strict=True))
        return rho_p1, rho_m1

    return Method(costs)


def _checked(name: str, rho: object, shape: tuple[int, ...]) -> NDArray[np.float64]:
    try:
        costs = np.asarray(rho, np.float64)
    except (TypeError, ValueError) as error:
        raise EmbedderError(f"{name}: expected costs as numbers, got {type(rho).__name__}: fix the function") from error
    if costs.shape != shape:
        raise EmbedderError(
            f"{name}: expected costs of the cover's shape {list(shape)}, got {list(costs.shape)}: fix the function"
        )
    wrong = int(np.count_nonzero(np.isnan(costs) | (costs < 0)))
    if wrong:
        raise EmbedderError(
            f"{name}: expected costs of zero or more, inf where wet, got {wrong} of {costs.size} negative or NaN: "
            "fix the function"
        )
    return costs


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
        arguments = {Domain.SPATIAL: "cover", Domain.JPEG: "coefficients, table"}[domain]
        raise EmbedderError(f"{path}: expected a function {FUNCTION}({arguments}), got none: write one")
    title = (ast.get_docstring(tree) or f"user's own embedder {name}").partition("\n")[0]
    version = int(hashlib.sha256(source).hexdigest()[:12], 16)
    citation = f"{title} (user's own, sha256 {version:012x})"
    add(Embedder(name, domain, version, citation), cache(lambda: _load(path, version)))


def _domain(tree: ast.Module, path: Path) -> Domain:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DOMAIN":
            value = node.value.value if isinstance(node.value, ast.Constant) else None
            for domain in Domain:
                if value == domain:
                    return domain
    raise EmbedderError(f'{path}: expected a line DOMAIN = "spatial" or DOMAIN = "jpeg", got none: add it')


def _load(path: Path, version: int) -> Callable[..., Any]:
    """Execute a user's file and return its function."""
    spec = importlib.util.spec_from_file_location(f"own_embedder_{version:012x}", path)
    if spec is None or spec.loader is None:
        raise EmbedderError(f"{path}: expected a Python file, got another")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever a user's file does
        raise EmbedderError(f"{path}: expected a file that runs, got {type(error).__name__}: {error}") from error
    return getattr(module, FUNCTION)
