"""Users' own embedders: one Python file each with a function that returns costs; the function's costs are checked."""

import ast
import hashlib
import importlib.util
import inspect
import os
import re
import sys
import sysconfig
import threading
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embedders.domains import Domain
from embedders.interface import Costs, Embedder, EmbedderError, FunctionError
from embedders.registry import EMBEDDERS
from embedders.registry import register as add

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*", re.ASCII)
FUNCTION, FILES, RNG = "costs", "FILES", "rng"
#: Where this project and installed packages lie, even below the folder of a user's file.
_INSTALLED = (
    *(Path(__file__).resolve().parents[1] / name for name in ("embedders", "stegdata", "models", "workflow")),
    *(Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib", "stdlib")),
)
#: Files that a user's code opened in the thread that watches it.
_watched = threading.local()


def register(paths: Mapping[str, str]) -> None:
    """Add embedders in files to the registry.

    A file has a line `DOMAIN = "spatial"` or `DOMAIN = "jpeg"`, a function `costs` (see `OwnCosts`), and a line
    `FILES = ["filter.npy"]` where it reads others. It is parsed here and executed when costs are first requested. Its
    version is a hash of its source, of the modules beside it that it imports and of the files that these name, so that
    an edit of one of them makes its stegos anew.

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


class OwnCosts:
    """Costs of +1 and -1 by a user's function, which is loaded, watched and checked.

    The function takes a cover: pixels uint8 [h, w]; or coefficients int [h, w] and their table int [8, 8]; and, where
    it has a parameter `rng`, a generator seeded by the cover. It returns costs [h, w] of +1 and -1 alike, or two such
    arrays; >= 0, `inf` where wet. Elements at the end of their range become wet in any case.
    """

    def __init__(self, path: Path, domain: Domain, version: int, files: Collection[Path]) -> None:
        """Take the file, and all files that its version covers."""
        self.path, self.domain, self.version, self.files = path, domain, version, files
        self.folder = path.resolve().parent
        #: Modules beside it: kept apart from those of other embedders, which may have the same names.
        self.modules: dict[str, ModuleType] = {}
        self.names = {
            file.relative_to(self.folder).parts[0].removesuffix(".py") for file in files if self._is_module(file)
        }
        self.function: Callable[..., Any] | None = None

    def _is_module(self, file: Path) -> bool:
        return file.suffix == ".py" and file.is_relative_to(self.folder) and file != self.path.resolve()

    def __call__(self, *cover: NDArray[Any]) -> Costs:
        """Return the costs of a checked cover; FunctionError where the function fails, or returns something else."""
        if self.function is not None:
            with self._running("costs"):
                returned = self._returned(self.function, cover)
            return self._checked(returned, cover[0])
        _install_hook()
        with self._running("a file that runs"):
            function = self._load()
        with self._running("costs"):
            returned = [self._returned(function, cover) for _ in range(2)]
        first, second = (self._checked(rho, cover[0]) for rho in returned)
        if not all(map(np.array_equal, first, second)):
            raise FunctionError(
                f"{self.path}: expected the same costs of a cover each time, got others at the second call: draw "
                f"from a parameter named {RNG}, a generator that is seeded by the cover"
            )
        self.function = function
        return first

    def _returned(self, function: Callable[..., Any], cover: tuple[NDArray[Any], ...]) -> object:
        generator = {}
        if RNG in inspect.signature(function).parameters:
            content = b"".join(np.ascontiguousarray(array).astype("<i8").tobytes() for array in cover)
            seed = hashlib.sha256(f"{self.version} {cover[0].shape}".encode() + content).digest()
            generator[RNG] = np.random.Generator(np.random.PCG64(int.from_bytes(seed[:16], "big")))
        return function(*(array.copy() for array in cover), **generator)

    def _checked(self, returned: object, plane: NDArray[Any]) -> Costs:
        both = returned if isinstance(returned, tuple) else (returned, returned)
        if len(both) != 2:
            raise self._error(f"costs, or a tuple of those of +1 and of -1, got {len(both)} of them")
        checked = []
        for rho, limit in zip(both, self.domain.wet(plane, np.zeros(plane.shape)), strict=True):
            try:
                costs = np.asarray(rho, np.float64)
            except (TypeError, ValueError) as error:
                raise self._error(f"costs as numbers, got {type(rho).__name__}") from error
            if costs.shape != plane.shape:
                raise self._error(f"costs of the cover's shape {list(plane.shape)}, got {list(costs.shape)}")
            wrong = int(np.count_nonzero(np.isnan(costs) | (costs < 0)))
            if wrong:
                raise self._error(f"costs of zero or more, inf where wet, got {wrong} of {costs.size} negative or NaN")
            checked.append(costs + limit)
        return checked[0], checked[1]

    def _error(self, expected_and_got: str) -> FunctionError:
        return FunctionError(f"{self.path}: expected {expected_and_got}: fix the function")

    def _load(self) -> Callable[..., Any]:
        """Execute the user's file and return its function."""
        spec = importlib.util.spec_from_file_location(f"own_embedder_{self.version:012x}", self.path)
        assert spec is not None and spec.loader is not None  # the name ends with .py, or it would not be a file of it
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return getattr(module, FUNCTION)

    @contextmanager
    def _running(self, expected: str) -> Iterator[None]:
        """Run a user's code: it imports modules beside it, and until its first costs may read only `FILES` there."""
        others = {name: sys.modules.pop(name) for name in _loaded(self.names)}
        sys.modules.update(self.modules)
        sys.path.insert(0, str(self.folder))
        _watched.files = set() if self.function is None else None
        try:
            yield
            opened = _watched.files or ()
        except (Exception, SystemExit) as error:  # whatever a user's code does
            frames = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
            lines = [f" in line {line} of {file.name}" for file, line in frames if file.resolve() in self.files]
            reason = f"{type(error).__name__}: {' '.join(str(error).split())}{lines[-1] if lines else ''}"
            raise self._error(f"{expected}, got {reason}") from error
        finally:
            _watched.files = None
            with suppress(ValueError):
                sys.path.remove(str(self.folder))
            self.modules = {name: sys.modules.pop(name) for name in _loaded(self.names)}
            sys.modules.update(others)
        for file in sorted(opened):
            if file.is_relative_to(self.folder) and file not in self.files and not _is_installed(file):
                name = file.relative_to(self.folder).as_posix()
                raise FunctionError(
                    f'{self.path}: expected a line {FILES} = ["{name}"], as it reads that file, got none: add it, so '
                    "that stegos are made anew when the file changes"
                )


def _is_installed(file: Path) -> bool:
    return any(map(file.is_relative_to, _INSTALLED))


def _loaded(names: set[str]) -> list[str]:
    """Names of loaded modules of these packages and modules."""
    return [name for name in sys.modules if name.partition(".")[0] in names]


@cache
def _install_hook() -> None:
    """Watch files that are opened, from the first of a user's functions on: a hook cannot be removed."""
    sys.addaudithook(_watch)


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Note a file that is opened to be read, as `sys.addaudithook` tells it; of compiled Python the source."""
    files = getattr(_watched, "files", None)
    if event != "open" or files is None or not isinstance(arguments[0], str | bytes | os.PathLike):
        return
    _watched.files = None  # what follows opens nothing of the user's
    mode, flags = arguments[1:]
    path = Path(os.fsdecode(arguments[0]))
    if path.suffix == ".pyc" and path.parent.name == "__pycache__":
        path = Path(importlib.util.source_from_cache(str(path)))
    if not (set(mode or "") & set("wax") or (mode is None and flags & os.O_WRONLY)) and path.is_file():
        resolved = path.resolve()
        if "__pycache__" not in resolved.parts:
            files.add(resolved)
    _watched.files = files


def _register(name: str, path: Path) -> None:
    if not NAME.fullmatch(name):
        raise EmbedderError(f"{name}: expected a name of small letters, digits and hyphens, such as my-costs")
    files: dict[Path, str] = {}
    tree = _collect(path, path.parent, name, files)
    domain = _domain(tree, path)
    if not any(isinstance(node, ast.FunctionDef) and node.name == FUNCTION for node in tree.body):
        arguments = {Domain.SPATIAL: "cover", Domain.JPEG: "coefficients, table"}[domain]
        raise EmbedderError(f"{path}: expected a function {FUNCTION}({arguments}), got none: write one")
    title = (ast.get_docstring(tree) or f"user's own embedder {name}").partition("\n")[0]
    (main, digest), *others = files.items()
    if others:
        lines = [digest, *sorted(f"{os.path.relpath(file, main.parent)} {hashed}" for file, hashed in others)]
        digest = hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
    version = int(digest[:12], 16)
    citation = f"{title} (user's own, sha256 {version:012x})"
    add(Embedder(name, domain, version, citation, OwnCosts(path, domain, version, files)))


def _collect(path: Path, folder: Path, name: str, files: dict[Path, str]) -> ast.Module:
    """Hash a Python file, the modules below the folder that it imports, and the files that these name; parse it."""
    try:
        content = path.read_bytes()
        tree = ast.parse(content, str(path))
    except OSError as error:
        raise EmbedderError(f"{path}: expected the Python file of embedder {name}, got {error.strerror}") from error
    except (SyntaxError, ValueError) as error:
        raise EmbedderError(f"{path}: expected Python, got {error}") from error
    files[path.resolve()] = hashlib.sha256(content).hexdigest()
    for file in _named_files(tree, path):
        try:
            files[file.resolve()] = hashlib.sha256(file.read_bytes()).hexdigest()
        except OSError as error:
            raise EmbedderError(
                f"{file}: expected a file, as {FILES} of {path} names it, got {error.strerror}: names are relative to "
                "the Python file"
            ) from error
    for module in _imports(tree, path, folder):
        for file in (module.with_suffix(".py"), module / "__init__.py"):
            if file.is_file() and file.resolve() not in files and not _is_installed(file.resolve()):
                _collect(file, folder, name, files)
    return tree


def _imports(tree: ast.Module, path: Path, folder: Path) -> Iterator[Path]:
    """Where modules that are imported would lie, without an ending, with the packages that these are in."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            start, names = folder, [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = path.parents[node.level - 1] if node.level else folder
            names = [f"{node.module or ''}.{alias.name}".strip(".") for alias in node.names]
        else:
            continue
        for name in names:
            module = start
            for component in name.split("."):
                module /= component
                yield module


def _named_files(tree: ast.Module, path: Path) -> list[Path]:
    value = _assigned(tree, FILES)
    if value is None:
        return []
    with suppress(ValueError, TypeError):
        named = ast.literal_eval(value)
        if isinstance(named, list | tuple) and all(isinstance(file, str) for file in named):
            return [path.parent / file for file in named]
    raise EmbedderError(f'{path}: expected names in quotes, {FILES} = ["filter.npy"], got {ast.unparse(value)}')


def _domain(tree: ast.Module, path: Path) -> Domain:
    value = _assigned(tree, "DOMAIN")
    for domain in Domain:
        if isinstance(value, ast.Constant) and value.value == domain:
            return domain
    raise EmbedderError(f'{path}: expected a line DOMAIN = "spatial" or DOMAIN = "jpeg", got none: add it')


def _assigned(tree: ast.Module, name: str) -> ast.expr | None:
    """What a line of a module assigns to a name."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return node.value
    return None
