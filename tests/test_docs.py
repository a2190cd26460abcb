"""What stands in README and docs runs as it stands."""

import doctest
import importlib.util
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import yaml
from PIL import Image
from working_folder import ROOT, rows, snakemake

import embedders
import models
from embedders import own, registry
from models.networks import builders
from stegdata import embedding
from stegdata.formats import images
from stegdata.names import Part, StegoSet
from workflow import command

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def blocks(name, language):
    """Code blocks of a page."""
    return [code for kind, code in FENCE.findall((ROOT / name).read_text()) if kind == language]


def example(first_line):
    """The block of docs/extending.md that begins so."""
    (found,) = (block for block in blocks("docs/extending.md", "python") if block.startswith(first_line))
    return found


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with what the pages name: a photograph in both formats, a shard of three pairs, a source."""
    Image.fromarray(skimage.data.camera()[:300, :320]).save(tmp_path / "photograph.png")
    Image.fromarray(skimage.data.astronaut()[:96, 160:256]).save(tmp_path / "photograph.jpg", quality=90)
    covers = tmp_path / "covers"
    covers.mkdir()
    for number in range(3):
        images.write_pgm(covers / f"{number}.pgm", skimage.data.camera()[:64, 64 * number : 64 * number + 64].copy())
    stego_set = StegoSet.parse("sample/suniward-0.4bpp")
    Path(tmp_path / stego_set.shards).mkdir(parents=True)
    path = tmp_path / stego_set.shard(Part("train", 0))
    embedding.shard(path, covers, stego_set, seed=1, described={"split": "train", "resize": "crop"})
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", ["docs/python.md"])
def test_python_of_the_pages_runs(folder, page):
    code = "\n".join(block for block in blocks(page, "python") if block.startswith(">>>"))
    assert code.count(">>>") >= 5
    case = doctest.DocTestParser().get_doctest(code, {}, page, page, 0)
    told = []
    doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(case, out=told.append)
    assert not told, "".join(told)
    cover, stego = (images.read(folder / name) for name in ("photograph.png", "stego.pgm"))
    assert 0.01 < np.mean(cover != stego) < 0.2


def test_own_embedder_works_once_it_is_named(monkeypatch, tmp_path):
    (tmp_path / "mine.py").write_text(example("# mine.py"))
    (named,) = (block for block in blocks("docs/extending.md", "yaml") if "embedders:" in block)
    monkeypatch.chdir(tmp_path)
    own.register(yaml.safe_load(named)["embedders"])
    cover = skimage.data.camera()[200:296, 150:246].copy()
    costs = embedders.cost("mine", cover)
    images.write_pgm(tmp_path / "cover.pgm", cover)
    arguments = ["--embedder", "mine.py", "--payload", "0.4", "cover.pgm", "--out", "out"]
    assert command.main(["embed", *arguments]) == 0
    changed = images.read(tmp_path / "out/cover.pgm") != cover
    assert 0.02 < changed.mean() < 0.2
    # changes lie where they cost little
    assert costs[changed].mean() < 0.7 * costs[~changed].mean()
    del registry._EMBEDDERS["mine"]


def test_new_network_builds_with_every_head(monkeypatch, tmp_path):
    entry = example('"small-net"')
    path = tmp_path / "small_net.py"
    path.write_text(example("# models/networks/small_net.py"))
    spec = importlib.util.spec_from_file_location("models.networks.small_net", path)
    small_net = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(small_net)
    grown = eval("{" + entry + "}", {"small_net": small_net})
    monkeypatch.setattr(builders, "BUILDERS", {**builders.BUILDERS, **grown})
    monkeypatch.setattr(models, "NETWORKS", (*models.NETWORKS, *grown))
    for head in models.HEADS:
        model = models.build("small-net", head=head, image_size=64)
        scores = model.predict_on_batch(skimage.data.camera()[None, :64, :64, None])
        assert scores.shape == (1, 2) and abs(scores.sum() - 1) < 1e-5
        assert models.parameter_counts(model).stages["features"].trained > 4000


def test_new_source_makes_covers_whose_patients_stay_together(tmp_path):
    (text,) = (block for block in blocks("docs/extending.md", "yaml") if block.startswith("clinic:"))
    source = yaml.safe_load(text)
    for patient in range(4):
        target = tmp_path / f"clinic/patient-{patient}"
        target.mkdir(parents=True)
        Image.fromarray(skimage.data.camera()[100 * patient : 100 * patient + 96, :96]).save(target / "scan.png")
    shutil.copy(ROOT / "config.yaml", tmp_path)
    config = yaml.safe_load((tmp_path / "config.yaml").read_text())
    config["sources"] |= source
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    snakemake(tmp_path, "--cores", 2, "results/shards/clinic/wow-0.4bpp/SHA256SUMS")
    dealt = rows(tmp_path / "results/covers/clinic/split.tsv")
    assert len(dealt) == len({row["group"] for row in dealt}) == 4
    assert sorted(row["split"] for row in dealt) == ["test", "train", "train", "val"]


def test_commands_of_the_pages_are_those_of_stego(folder, capsys):
    text = "\n".join(block for page in ("README.md", "docs/command.md") for block in blocks(page, ""))
    lines = re.findall(r"^stego .*$", text.replace("\\\n", " "), re.M)
    assert {line.split()[1] for line in lines} == set(command.SUBCOMMANDS)
    for line in lines:
        with pytest.raises(SystemExit) as ended:
            command.main([*line.split()[1:], "--help"])
        assert ended.value.code == 0, line
        options = set(re.findall(r"--[a-z]+", line))
        assert options <= set(re.findall(r"--[a-z]+", capsys.readouterr().out)), line


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))])
def test_commands_fit_a_terminal_of_80_columns(page):
    shell = [line for block in blocks(page, "") for line in block.splitlines()]
    assert [line for line in shell if len(line) > 80] == []
