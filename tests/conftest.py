"""What all tests share: profiles of property tests, and what takes long to make."""

import os

import making_alaska2
import pytest
from hypothesis import settings

# where studies look for images; none is read
os.environ |= {"COVERS": "/data/photographs", "FIRST": "/data/a", "SECOND": "/data/b"}

# no limit of time, as machines differ; in CI the same examples each time, `make test-random` draws many others
settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("random", deadline=None, derandomize=False, max_examples=500, print_blob=True)
# where loops run as plain Python, a hundred times slower
settings.register_profile("plain", settings.get_profile("ci"), max_examples=20)
plain = os.environ.get("NUMBA_DISABLE_JIT", "0") != "0"
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "plain" if plain else "ci"))

#: Files that take longest go first, so that at the end no worker waits for another.
LONGEST = (
    *("workflow", "planning", "training", "resume", "duplicates", "networks", "recipes", "report", "lstm", "command"),
    *("stamps", "kaggle", "alaska2", "clinic", "settings", "gpu"),
)


def pytest_collection_modifyitems(items):
    order = {f"test_{name}.py": place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.name, len(LONGEST)))


@pytest.fixture(scope="session")
def alaska2_folder(tmp_path_factory):
    """Covers in ALASKA2's layout and their stegos by three embedders: to be read only."""
    return making_alaska2.make(tmp_path_factory.mktemp("made") / "alaska2")
