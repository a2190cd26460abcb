"""A user's own embedder: a file with a cost function, used as one of the package; what is wrong is one line."""

import sys

import numpy as np
import pytest
import yaml
from pictures import crop
from PIL import Image
from working_folder import ROOT, snakemake

import embedders
from embedders import EMBEDDERS, EmbedderError, own
from stegdata import DataError, embedding, shards, tsv
from stegdata.formats import images
from stegdata.names import StegoSet
from workflow import command
from workflow.configuration import ConfigError, check

SPATIAL = '''"""Mine: flat areas cost more."""
import numpy as np

DOMAIN = "spatial"


def costs(cover):
    smooth = np.abs(np.diff(cover.astype(float), axis=1, append=0))
    return 1 / (1 + smooth)
'''
JPEG = """import numpy as np

DOMAIN = "jpeg"


def costs(coefficients, table):
    wet = np.where(coefficients == 0, np.inf, 0.0)
    return wet + table.astype(float)[np.ix_(*(np.arange(n) % 8 for n in wet.shape))], wet + 1.0
"""


@pytest.fixture(autouse=True)
def forget():
    """Let no test's embedder stay known."""
    yield
    from embedders import registry

    for name in set(EMBEDDERS) - registry.BUILT_IN:
        del registry._EMBEDDERS[name]


def written(folder, text, name="mine.py"):
    (folder / name).write_text(text)
    return str(folder / name)


def test_it_embeds_as_any_other(tmp_path):
    own.register({"mine": written(tmp_path, SPATIAL)})
    cover = crop(40, 40)
    cover[0, :5] = 255
    made = embedders.embed("mine", cover, payload=0.4, seed=1)
    assert made.entropy_bits == pytest.approx(made.message_bits, rel=1e-6)
    rho_p1, rho_m1 = embedders.costs("mine", cover)
    assert np.isinf(rho_p1[0, :5]).all() and np.isfinite(rho_m1).all()
    assert EMBEDDERS["mine"].unit == "bpp" and "Mine: flat areas" in EMBEDDERS["mine"].citation
    assert f"{EMBEDDERS['mine'].version:012x}" in EMBEDDERS["mine"].citation


def test_two_costs_in_the_jpeg_domain(tmp_path):
    own.register({"mine": written(tmp_path, JPEG)})
    plane = np.random.default_rng(1).integers(-3, 4, (16, 24)).astype(np.int16)
    rho_p1, rho_m1 = embedders.costs("mine", plane, np.full((8, 8), 7, np.uint16))
    assert set(rho_p1[plane != 0]) == {7.0} and set(rho_m1[plane != 0]) == {1.0} and np.isinf(rho_p1[plane == 0]).all()


def test_another_source_is_another_version(tmp_path):
    own.register({"mine": written(tmp_path, SPATIAL)})
    before = EMBEDDERS["mine"].version
    own.register({"mine": written(tmp_path, SPATIAL.replace("1 +", "2 +"))})
    assert EMBEDDERS["mine"].version != before
    assert embedders.costs("mine", np.full((4, 4), 9, np.uint8))[0][0, 0] == 0.5


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ("cover[1:]", r"mine.py: expected costs of the cover's shape \[8, 8\], got \[7, 8\]"),
        ("-1.0 * cover", "mine.py: expected costs of zero or more, inf where wet, got 64 of 64 negative or NaN"),
        ("cover * np.nan", "got 64 of 64 negative or NaN"),
        ("(cover, cover, cover)", "expected costs, or a tuple of those of .*, got 3 of them"),
        ("'costs'", "mine.py: expected costs as numbers, got str"),
    ],
)
def test_wrong_costs_are_one_clear_error(tmp_path, returned, message):
    text = f'import numpy as np\nDOMAIN = "spatial"\n\n\ndef costs(cover):\n    return {returned}\n'
    own.register({"mine": written(tmp_path, text)})
    with pytest.raises(EmbedderError, match=message):
        embedders.embed("mine", np.full((8, 8), 100, np.uint8), payload=0.4, seed=1)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("mine", "def costs(cover): ...", r'mine.py: expected a line DOMAIN = "spatial" or DOMAIN = "jpeg", got none'),
        ("mine", 'DOMAIN = "video"\ndef costs(cover): ...', "expected a line DOMAIN"),
        ("mine", 'DOMAIN = "jpeg"\n', r"expected a function costs\(coefficients, table\), got none"),
        ("mine", "def", "mine.py: expected Python, got invalid syntax"),
        ("wow", SPATIAL, "wow: expected a name of its own, got the name of a built-in embedder: rename yours"),
        ("My", SPATIAL, "My: expected a name of small letters"),
        ("mine", None, "expected the Python file of embedder mine, got No such file"),
    ],
)
def test_a_wrong_file_is_one_clear_error(tmp_path, name, text, message):
    path = str(tmp_path / "mine.py") if text is None else written(tmp_path, text)
    with pytest.raises(EmbedderError, match=message):
        own.register({name: path})
    config = yaml.safe_load((ROOT / "config.yaml").read_text()) | {"embedders": {name: path}}
    with pytest.raises(ConfigError, match=f"config.yaml: embedders: .*{message}"):
        check(config)


def test_a_file_that_fails_when_it_is_run_says_so(tmp_path):
    own.register({"mine": written(tmp_path, 'DOMAIN = "spatial"\nraise KeyError("x")\n\n\ndef costs(cover): ...\n')})
    with pytest.raises(EmbedderError, match=r"mine\.py: expected a file that runs, got KeyError"):
        embedders.embed("mine", np.full((8, 8), 100, np.uint8), payload=0.4, seed=1)


USES = """from pathlib import Path
import numpy as np
{imports}
DOMAIN = "spatial"
{files}

def costs(cover):
    return cover * 0 + {value}
"""
IMPORTED = USES.format(imports="import helper", files="", value="helper.VALUE")


def file_names(tmp_path, files, read='np.load(Path(__file__).with_name("filter.npy"))[0]'):
    np.save(tmp_path / "filter.npy", np.array([2.0, 3.0]))
    own.register({"mine": written(tmp_path, USES.format(imports="", files=files, value=read))})
    return EMBEDDERS["mine"].version


def test_a_module_beside_it_is_imported_and_is_part_of_its_version(tmp_path):
    """Recursively, from packages too, each embedder with the modules of its own folder; built-in ones stay apart."""
    versions, got = set(), []
    for number, folder in enumerate((tmp_path / "a", tmp_path / "b")):
        (folder / "deep").mkdir(parents=True)
        for name, text in {
            "helper.py": "from deep.more import VALUE\nimport math, json",
            "deep/__init__.py": "",
            "deep/more.py": "from .most import VALUE",
            "deep/most.py": f"VALUE = {number + 1}",
        }.items():
            written(folder, text, name)
        own.register({f"mine-a{number}": written(folder, IMPORTED)})
        versions.add(EMBEDDERS[f"mine-a{number}"].version)
        got.append(embedders.costs(f"mine-a{number}", np.full((2, 2), 9, np.uint8))[0][0, 0])
    assert got == [1, 2] and len(versions) == 2
    assert embedders.costs("mine-a0", np.full((2, 2), 9, np.uint8))[0][0, 0] == 1
    assert "helper" not in sys.modules and str(tmp_path / "a") not in sys.path


def test_a_file_that_it_names_is_part_of_its_version(tmp_path):
    before = file_names(tmp_path, 'FILES = ["filter.npy"]')
    assert embedders.costs("mine", np.full((2, 2), 9, np.uint8))[0][0, 0] == 2
    np.save(tmp_path / "filter.npy", np.array([5.0, 3.0]))
    own.register({"mine": str(tmp_path / "mine.py")})
    assert EMBEDDERS["mine"].version != before
    assert embedders.costs("mine", np.full((2, 2), 9, np.uint8))[0][0, 0] == 5


@pytest.mark.parametrize("when", ["loaded", "called"])
def test_a_file_that_it_reads_and_does_not_name_is_refused(tmp_path, when):
    if when == "loaded":
        file_names(tmp_path, 'FILTER = np.load(Path(__file__).with_name("filter.npy"))', "FILTER[0]")
    else:
        file_names(tmp_path, "")
    with pytest.raises(
        EmbedderError, match=r'mine.py: expected a line FILES = \["filter.npy"\], as it reads that file'
    ):
        embedders.costs("mine", np.full((2, 2), 9, np.uint8))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ('FILES = ["none.npy"]', r"none.npy: expected a file, as FILES of .*mine.py names it, got No such file"),
        ('FILES = "filter.npy"', r"mine.py: expected names in quotes, FILES = \[.*\], got 'filter.npy'"),
        ("FILES = [Path()]", r"mine.py: expected names in quotes, FILES = \[.*\], got \[Path\(\)\]"),
    ],
)
def test_wrong_names_of_files_are_one_clear_error(tmp_path, files, message):
    with pytest.raises(EmbedderError, match=message):
        file_names(tmp_path, files)


DRAWN = """import numpy as np
DOMAIN = "spatial"
GENERATOR = np.random.default_rng(1)


def costs(cover{rng}):
    return {generator}.random(cover.shape)
"""


def test_a_generator_is_seeded_by_the_cover(tmp_path):
    own.register({"mine": written(tmp_path, DRAWN.format(rng=", rng", generator="rng"))})
    covers = [np.full((4, 4), value, np.uint8) for value in (8, 9, 8)]
    first, second, again = (embedders.costs("mine", cover)[0] for cover in covers)
    assert np.array_equal(first, again) and not np.array_equal(first, second)


def test_a_function_that_draws_from_elsewhere_is_refused(tmp_path):
    own.register({"mine": written(tmp_path, DRAWN.format(rng="", generator="GENERATOR"))})
    with pytest.raises(
        EmbedderError, match=r"mine.py: expected the same costs of a cover each time.*a parameter named rng"
    ):
        embedders.embed("mine", np.full((8, 8), 100, np.uint8), payload=0.4, seed=1)


def test_what_a_function_raises_ends_a_shard_with_file_line_and_cover(tmp_path):
    """And is no reason to leave the cover out, however many may be."""
    text = 'DOMAIN = "spatial"\n\n\ndef costs(cover):\n    return 1 / (int(cover[0, 0]) - 7) + 0 * cover\n'
    own.register({"mine": written(tmp_path, text)})
    for value in (8, 7):
        images.write_pgm(tmp_path / f"{value}.pgm", np.full((8, 8), value, np.uint8))
    told = (
        r"mine.py: expected costs, got ZeroDivisionError: division by zero in line 5 of mine.py: fix .* \(cover .*/7\)"
    )
    with pytest.raises(DataError, match=told):
        list(embedding.embedded(tmp_path, StegoSet.parse("own/mine-0.4bpp"), 1, left_out=9))


def test_the_command_takes_a_file(tmp_path, capsys):
    path = written(tmp_path, SPATIAL, "my_costs.py")
    Image.fromarray(crop(40, 40)).save(tmp_path / "a.png")
    arguments = ["--embedder", path, "--payload", "0.4", str(tmp_path / "a.png"), "--out", str(tmp_path / "out")]
    assert command.main(["embed", *arguments]) == 0
    (row,) = tsv.read(tmp_path / "out/manifest.tsv", ("embedder", "version"))
    assert row["embedder"] == "my-costs" and row["version"] == str(EMBEDDERS["my-costs"].version)
    assert command.main(["cost", str(tmp_path / "a.png"), "--embedder", path, "--out", str(tmp_path / "map.npy")]) == 0
    assert command.main(["embed", *arguments[2:], "--embedder", "wov"]) == 2
    assert "embedder: expected one of suniward, " in capsys.readouterr().err


def test_it_has_everything_the_others_have_in_a_run(tmp_path):
    """A path makes its shards once the configuration names the file; a change of the file makes them anew."""
    written(tmp_path, SPATIAL)
    config = {"run": "r", "embedders": {"mine": "mine.py"}}
    config["sources"] = {"sample": {"kind": "sample", "size": 64, "resize": "crop", "train": 4, "val": 2, "test": 2}}
    one = {"sources": ["sample"], "embedders": ["mine", "wow"], "payloads": [0.4], "features": ["spam-lda"]}
    config["runs"] = {"r": {"experiments": [one]}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    target = "results/shards/sample/mine-0.4bpp/SHA256SUMS"
    snakemake(tmp_path, "--cores", 2, target, "results/datasets/sample/mine-0.4bpp.md")
    shard = shards.read(tmp_path / "results/shards/sample/mine-0.4bpp/test-000.h5")
    own.register({"mine": str(tmp_path / "mine.py")})
    assert shard.attributes["embedder"] == "mine" and shard.attributes["version"] == EMBEDDERS["mine"].version
    assert "Mine: flat areas cost more" in (tmp_path / "results/datasets/sample/mine-0.4bpp.md").read_text()
    assert "Nothing to be done" in snakemake(tmp_path, "--cores", 1, target).stdout
    written(tmp_path, SPATIAL.replace("1 +", "2 +"))
    planned = snakemake(tmp_path, "--cores", 1, "-n", "results/tables").stdout
    assert "embed" in planned and "fit" in planned
