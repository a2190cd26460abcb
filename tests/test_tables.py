"""`models.tables`: ours beside the paper's, from files as the workflow leaves them."""

import csv
import json
import math
import subprocess
import sys
from itertools import product
from pathlib import Path

import naive_metrics
import pytest

from models import ModelError, tables

METRICS = {
    **{
        "union": "sample",
        "stego_set": "suniward-0.4bpp",
        "network": "xu-net",
        "head": "fc",
        "recipe": "tuned",
        "seed": "1",
        "size": 64,
        "resize": "matlab",
    },
    **{"accuracy_low": 0.5, "accuracy_high": 0.9, "train_accuracy": 0.9, "val_accuracy": 0.7, "best_epoch": 3},
    **{"loss": 1.5, "p_e": 0.25, "auc": 0.8, "p_md_5": 0.6},
}
COUNTS = """network head trained paper classification_trained classification_paper
first-method fc 434522 434522 930 930
first-method lstm 440912 433592 7320 0
xu-net fc 86554 86554 59616 59616
xu-net lstm 302586 39418 263168 0
"""
NETWORKS = ("xu-net", "ye-net", "yedroudj-net", "zhu-net")


class Run:
    """A folder laid out like `results/`, filled training by training."""

    def __init__(self, root):
        self.root, self.metrics, self.manifests = root, [], {}

    def add(self, accuracy, **given):
        result = METRICS | {"accuracy": accuracy} | given
        sources, (embedders, _, condition) = result["union"].split("+"), result["stego_set"].partition("-")
        for source, embedder in product(sources, embedders.split("+")):
            self.manifest(source, f"{embedder}-{condition}")
        images = 100 * len({*sources} - {"bows2"}) * len(embedders.split("+"))
        self.metrics.append(self.root / f"{len(self.metrics)}-metrics.json")
        self.metrics[-1].write_text(json.dumps({"images": images, "independent": 100} | result))

    def manifest(self, source, stego_set):
        """Two test shards of 30 and 20 pairs, and a few pairs to train on; BOWS2 is for training only."""
        path = self.root / f"shards/{source}/{stego_set}/manifest.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = ["train-000.h5\ttrain\t40", "train-001.h5\ttrain\t15"]
        if source != "bows2":
            lines += ["val-000.h5\tval\t7", "test-000.h5\ttest\t30", "test-001.h5\ttest\t20"]
        path.write_text("\n".join(["shard\tsplit\tpairs\tsha256", *(f"{line}\tabc" for line in lines)]) + "\n")
        self.manifests[path] = None

    def write(self):
        """Write the tables; return them as {name: list of rows}, every cell text."""
        parameters = self.root / "parameters.tsv"
        parameters.write_text(COUNTS.replace(" ", "\t"))
        results = tables.read_results(self.metrics, self.manifests)
        tables.write(self.root / "tables", results, [], parameters, run="trial")
        return {path.stem: rows(path) for path in (self.root / "tables").glob("*.csv")}

    def note(self, name="table3"):
        return (self.root / f"tables/{name}.md").read_text().split("\n\n")[1]


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


#: Pairs as `Run.manifest` lists them, in place of the paper's thousands.
SMALL = {"bossbase": 1, "bossbase+bows2": 2, "alaska2-resize": 1, "alaska2-resize-all": 3}


@pytest.fixture
def run(tmp_path, monkeypatch):
    for union, shards in SMALL.items():
        tests = 3 if union.endswith("all") else 1
        monkeypatch.setitem(tables.PAPER_DATA, union, (55 * shards, 7 * tests, 50 * tests, "matlab"))
    return Run(tmp_path)


def test_a_part_of_the_papers_data_gets_no_difference(tmp_path):
    """55 training pairs are not the paper's 4,000, whatever the source is called."""
    assert tables.PAPER_DATA["bossbase"] == (4000, 1000, 5000, "matlab")
    assert tables.PAPER_DATA["bossbase+bows2"] == (14000, 1000, 5000, "matlab")
    run = Run(tmp_path)
    run.add(0.8, union="bossbase", size=256)
    row = run.write()["table3"][0]
    assert row["accuracy"] == "0.8" and row["difference"] == "" and "Not all of this is the paper" in run.note()


def test_another_geometry_gets_no_difference(run):
    run.add(0.8, union="bossbase", size=256, resize="crop")
    assert run.write()["table3"][0]["difference"] == ""


@pytest.fixture
def paper(run):
    return lambda accuracy, **more: run.add(accuracy, **{"union": "bossbase", "size": 256} | more)


# ---- Tables 3 and 4


def test_a_run_of_the_paper_has_differences(run, paper):
    paper(0.75, head="lstm")
    paper(0.80, union="bossbase+bows2", network="ye-net", stego_set="wow-0.4bpp")
    written = run.write()
    ours = written["table3"][0]
    assert (ours["data"], ours["network"], ours["head"]) == ("bossbase", "xu-net", "With LSTM")
    assert float(ours["accuracy"]) == 0.75 and float(ours["paper"]) == 0.76
    assert float(ours["difference"]) == pytest.approx(-0.01)
    assert {name: float(ours[name]) for name in ("p_e", "auc", "p_md_5")} == {"p_e": 0.25, "auc": 0.8, "p_md_5": 0.6}
    assert (ours["payload"], ours["images"], ours["seeds"], ours["spread"]) == ("0.4bpp", "100", "1", "")
    ours = written["table4"][0]
    assert (ours["data"], ours["network"], ours["head"]) == ("bossbase+bows2", "ye-net", "Strategy (fc)")
    assert float(ours["paper"]) == 0.86 and float(ours["difference"]) == pytest.approx(-0.06)
    assert "Both were measured on the same data bases" in run.note()


def test_what_was_not_run_is_empty_beside_the_paper(run, paper):
    paper(0.75, head="lstm")
    table = run.write()["table3"]
    assert len(table) == 4 * 3 + 4 * 2  # one of them run
    for row in table[1:]:
        assert {key for key, value in row.items() if value} == {"data", "payload", "network", "head", "paper"}
    assert [row["paper"] for row in table if (row["network"], row["head"]) == ("zhu-net", "Original")] == ["0.845"]


@pytest.mark.parametrize(
    "other",
    [
        {"size": 256},
        {"union": "bossbase", "size": 128},
        {"union": "bossbase", "size": 256, "payload": 0.2},
        {"union": "bossbase+mine", "size": 256},
    ],
    ids=str,
)
@pytest.mark.parametrize("network", ["xu-net", "first-method"])
def test_other_data_never_get_a_difference(run, other, network):
    payload = other.get("payload", 0.4)
    for embedder in ("suniward", "wow"):
        run.add(0.75, network=network, stego_set=f"{embedder}-{payload}bpp", **other)
    written = run.write()
    assert {row["difference"] for name in ("table1", "table3", "table4") for row in written[name]} == {""}
    note = run.note("table3" if network == "xu-net" else "table1")
    assert ("no difference is taken where it is not" in note) == (payload == 0.4)
    if network == "xu-net":
        ours = [row for row in written["table3"] if row["accuracy"]]
        assert [row["paper"] for row in ours] == ["0.78" if payload == 0.4 else ""]
    elif payload != 0.4:
        ours = [row for row in written["table1"] if row["payload"] and row["scenario"] != "parameters"]
        assert len(ours) == 6 and {row["paper"] for row in ours} == {""}


def test_the_control_stands_beside_nothing(run, paper):
    paper(0.75, head="pool")
    ours = run.write()["table3"][0]
    assert (ours["head"], ours["paper"], ours["difference"]) == ("pool (control, ours)", "", "")


def test_several_seeds_give_mean_and_spread(run, paper):
    for seed, accuracy in enumerate((0.70, 0.74, 0.75), start=1):
        paper(accuracy, seed=seed, auc=accuracy)
    ours = run.write()["table3"][0]
    assert float(ours["accuracy"]) == pytest.approx(0.73) and float(ours["auc"]) == pytest.approx(0.73)
    assert float(ours["spread"]) == pytest.approx(math.sqrt((0.03**2 + 0.01**2 + 0.02**2) / 2))
    assert (ours["seeds"], ours["images"]) == ("3", "100")
    assert (float(ours["low"]), float(ours["high"])) == pytest.approx(naive_metrics.wilson(73, 100))
    assert float(ours["difference"]) == pytest.approx(-0.05)


def test_all_metrics_of_all_trainings_are_kept(run, paper):
    paper(0.75)
    paper(0.77, seed="2")
    run.add(0.6, stego_set="wow-0.4bpp", head="lstm")
    results = run.write()["results"]
    assert [(row["union"], row["seed"], float(row["accuracy"])) for row in results] == [
        ("bossbase", "1", 0.75),
        ("bossbase", "2", 0.77),
        ("sample", "1", 0.6),
    ]
    assert {(row["train_pairs"], row["val_pairs"], row["test_pairs"]) for row in results} == {("55", "7", "50")}


# ---- Tables 1, 2 and 5


def test_table_1(run, paper):
    paper(0.66, network="first-method", head="lstm")
    run.add(0.6, union="bossbase+bows2", size=256, network="first-method", head="lstm")  # not in the paper's Table 1
    written = run.write()
    table = written["table1"]
    ours = [row for row in table if row["data"] == "bossbase" and row["head"] == "With LSTM"]
    assert [row["scenario"] for row in ours] == ["train_accuracy", "val_accuracy", "test_accuracy", "parameters"]
    assert [float(row["ours"]) for row in ours] == [0.9, 0.7, 0.66, 433592]
    assert [float(row["paper"]) for row in ours] == [0.75, 0.76, 0.67, 433592]
    assert [float(row["difference"] or 9) for row in ours] == pytest.approx([0.15, -0.06, -0.01, 9])
    assert [row["ours_lstm_trained"] for row in ours] == ["", "", "", "440912"]
    assert {row["difference"] for row in table if row["data"] == "bossbase+bows2"} == {""}
    not_run = [row for row in table if row["data"] == "bossbase" and row["head"] == "Strategy (fc)"]
    assert [row["ours"] for row in not_run] == ["", "", "", "434522"]
    assert not any(row["network"] == "first-method" for row in written["table3"])


@pytest.mark.parametrize(
    "other", [{}, {"union": "bossbase", "network": "first-method", "stego_set": "suniward-0.2bpp"}]
)
def test_table_1_holds_the_paper_even_if_it_was_not_run(run, other):
    run.add(0.66, **other)
    table = [row for row in run.write()["table1"] if row["data"] == ""]
    assert len(table) == 8 and [float(row["paper"]) for row in table[:2]] == [0.75, 0.85]
    assert {row["ours"] for row in table if row["scenario"] != "parameters"} == {""}


def test_table_2(run):
    alaska = {"union": "alaska2-resize", "network": "first-method", "size": 256}
    run.add(0.64, stego_set="jmipod-given", **alaska)
    run.add(0.50, stego_set="jmipod+juniward+uerd-given", head="lstm", **alaska | {"union": "alaska2-resize-all"})
    run.add(0.55, stego_set="uerd-given", **alaska | {"network": "xu-net"})
    run.add(0.58, stego_set="juniward-q75-0.4bpnzac")
    written = run.write()
    table = written["table2"]
    shown = [[row[key] for key in ("data", "embedder", "payload", "accuracy", "loss", "paper_loss")] for row in table]
    assert shown[:4] == [
        ["alaska2-resize", "jmipod", "given", "0.64", "1.5", "1.45"],
        ["alaska2-resize-all", "jmipod+juniward+uerd", "given", "0.5", "1.5", "1.0"],
        ["alaska2-resize", "uerd", "given", "0.55", "1.5", ""],
        ["sample", "juniward", "q75-0.4bpnzac", "0.58", "1.5", ""],
    ]
    assert [row["paper"] for row in table[:4]] == ["0.65", "0.49", "", ""]
    assert [float(row["difference"] or 9) for row in table[:4]] == pytest.approx([-0.01, 0.01, 9, 9])
    assert len(table) == 4 + 6 and {row["accuracy"] for row in table[4:]} == {""}
    assert table[1]["images"] == "300" and not any(row["accuracy"] for row in written["table3"])
    assert "1.450" in (run.root / "tables/table2.md").read_text()


def test_table_5(run):
    run.add(0.6)
    table = run.write()["table5"]
    assert [row["network"] for row in table] == list(NETWORKS)
    assert list(table[0].values())[1:] == [
        *("86554", "86554", "59616", "59616"),  # fc: ours, paper; its classification stage
        *("39418", "39418", "302586", "263168", "0"),  # LSTM: as zero, paper, trained; stage trained, paper
    ]
    assert (table[3]["fc"], table[3]["paper_fc"], table[3]["lstm_trained"]) == ("", "275684", "")


# ---- what is refused, and what is read


@pytest.mark.parametrize("images", [98, 102])
def test_scores_of_other_images_than_the_manifest_are_refused(run, images):
    run.add(0.6, images=images)
    with pytest.raises(ModelError, match=f"metrics.json: expected scores of 100 test images, got {images}"):
        run.write()
    assert not (run.root / "tables").exists()


def test_markdown_says_what_was_measured(run):
    run.add(0.6049)
    run.add(0.6049, stego_set="wow-1bpp")
    run.write()
    for name in ("table3", "table4"):
        assert "run `trial`, sample at 64x64 pixels (55 training, 7 validation, 50 test pairs)" in run.note(name)
        assert "Wilson 95 % interval" in run.note(name) and "BOSSBase 1.01" in run.note(name)
    assert "has nothing for this table" in run.note("table1") and "BOSSBase 1.01" in run.note("table1")
    assert "count as zero" in run.note("table5") and "26,848" in run.note("table5")
    text = (run.root / "tables/table3.md").read_text()
    assert text.startswith("## Table 3: S-UNIWARD, accuracy on the test split\n")
    header, _, first, *_ = (line for line in text.splitlines() if line.startswith("|"))
    cells = dict(zip(*([cell.strip() for cell in line.split("|")[1:-1]] for line in (header, first)), strict=True))
    assert "low" not in cells and "high" not in cells
    assert (cells["data"], cells["accuracy"], cells["p_e"], cells["paper"]) == ("sample", "60.5", "0.250", "78.0")
    assert cells["95 % interval"] == "50.2 to 69.1"  # Wilson, 60 of 100
    assert "86,554" in (run.root / "tables/table5.md").read_text()


def test_tables_and_figures_need_no_tensorflow():
    code = "import sys, models.tables, models.figures; sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).resolve().parents[1])
