"""The paper's tables: ours with intervals beside the published numbers, empty where nothing was run."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from statistics import mean, stdev

from models import comparison, published
from models.errors import ModelError
from models.evaluation import wilson
from models.layout import Row, write_csv, write_table
from stegdata.files import atomic_folder, atomic_write
from stegdata.names import GIVEN, parse_stego_set

PAPER_SIZE = 256
#: Source -> pairs of train, val, test in the paper, and how images got their size.
PAPER_DATA = {
    "bossbase": (4000, 1000, 5000, "matlab"),
    "bossbase+bows2": (14000, 1000, 5000, "matlab"),
    "alaska2-resize": (6000, 1500, 7500, "matlab"),
    "alaska2-resize-all": (9000, 2250, 11250, "matlab"),
}
#: Ready-made stegos that equal their cover are dropped: some 250 of 75,000.
DROPPED = 0.01
PAPER_PAYLOAD = f"{published.PAYLOAD:g}bpp"
HEADS = {"fc": "Strategy (fc)", "lstm": "With LSTM", "pool": "pool (control, ours)", "original": "Original"}
HEADS |= {"lda": "LDA (yardstick)"}
SPATIAL_TABLES = {3: ("suniward", "S-UNIWARD"), 4: ("wow", "WOW")}
KEY = ("data", "payload", "network", "head", "recipe")
COLUMNS = (*KEY, "accuracy", "low", "high", "spread", "p_e", "auc", "p_md_5", "images", "seeds", "paper", "difference")
PARTS = ("by_embedder", "by_quality")


def read_results(metrics: Iterable[Path], manifests: Iterable[Path]) -> list[Row]:
    """Read `metrics.json` of all trainings; the pairs of each split are counted from the manifests.

    Raises
    ------
    ModelError
        If a test split has not the images that were scored.
    """
    pairs: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for manifest in map(Path, manifests):
        with manifest.open(newline="", encoding="utf-8") as file:
            for line in csv.DictReader(file, delimiter="\t"):
                pairs[manifest.parts[-3], manifest.parts[-2]][line["split"]] += int(line["pairs"])
    results = []
    for path in map(Path, metrics):
        result = json.loads(path.read_text(encoding="utf-8"))
        sets = parse_stego_set(result["stego_set"])
        result |= {"embedder": "+".join(sets.embedders), "condition": sets.condition, "payload": sets.payload}
        for split in ("train", "val", "test"):
            result[f"{split}_pairs"] = sum(
                pairs[source, f"{embedder}-{sets.condition}"][split]
                for source, embedder in product(result["union"].split("+"), sets.embedders)
            )
        if result["images"] != 2 * result["test_pairs"]:
            raise ModelError(
                f"{path}: expected scores of {2 * result['test_pairs']} test images, got {result['images']}: delete it "
                "and run again"
            )
        results.append(result)
    return results


def write_parameters(path: Path, networks_and_heads: Iterable[tuple[str, str]]) -> None:
    """Build networks at 256x256 and write their trainable parameters, by stage and in both ways of counting."""
    import models

    with atomic_write(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(["network", "head", "trained", "paper", "classification_trained", "classification_paper"])
        for network, head in networks_and_heads:
            counts = models.parameter_counts(models.build(network, head=head, image_size=PAPER_SIZE))
            stage = counts.stages["classification"]
            table.writerow([network, head, counts.trained, counts.paper, stage.trained, stage.paper])


def write(folder: Path, results: Sequence[Row], compared: Sequence[Row], parameters: Path, *, run: str) -> None:
    """Write Tables 1 to 5 and the paired differences as CSV and Markdown, and all metrics as `results.csv`."""
    with Path(parameters).open(newline="", encoding="utf-8") as file:
        counts = {(line["network"], line["head"]): line for line in csv.DictReader(file, delimiter="\t")}
    with atomic_folder(folder) as temporary:
        _write_all(temporary, results, counts, run)
        rows = compared or [dict.fromkeys(comparison.COLUMNS, "")]
        write_table(temporary / "differences", "Paired differences between detectors", rows, comparison.NOTE)


def _write_all(folder: Path, results: Sequence[Row], counts: Mapping[tuple[str, str], Row], run: str) -> None:
    flat = [{key: value for key, value in r.items() if key not in PARTS} for r in results]
    write_csv(folder / "results.csv", flat)
    if parts := [row for r in results for row in _parts(r)]:
        write_csv(folder / "parts.csv", parts)
    heads = {head for head, _ in published.TABLE_1}
    first = [r for r in results if (r["network"], r["embedder"]) == ("first-method", "suniward") and r["head"] in heads]
    write_table(folder / "table1", "Table 1: first method, S-UNIWARD", table_1(first, counts), data_note(first, run))
    jpeg = [r for r in results if r["payload"] is None or r["condition"].startswith("q")]
    write_table(folder / "table2", "Table 2: JPEG domain", table_2(jpeg), data_note(jpeg, run))
    for number, (embedder, title) in SPATIAL_TABLES.items():
        spatial = [r for r in results if r["embedder"] == embedder and r not in first]
        title = f"Table {number}: {title}, accuracy on the test split"
        write_table(folder / f"table{number}", title, table_3_4(spatial, embedder), data_note(spatial, run))
    write_table(folder / "table5", "Table 5: trainable parameters at 256x256", table_5(counts), PARAMETER_NOTE)


def _parts(result: Row) -> Iterator[Row]:
    """One row an embedder and one a JPEG quality, of a training that was tested on several."""
    which = {key: result[key] for key in ("union", "stego_set", "network", "head", "recipe", "seed")}
    for kind in PARTS:
        for value, metrics in result.get(kind, {}).items():
            yield which | {"part": kind.removeprefix("by_"), "of": value} | metrics


PARAMETER_NOTE = (
    "The paper's totals with LSTM come out only if the weights of the LSTMs count as zero; `lstm_trained` is what "
    "really trains. The paper prints 59,616 for the classification stage of Zhu-Net; built to its description it has "
    "26,848."
)


def data_note(results: Sequence[Row], run: str) -> str:
    """Say what ours was measured on and how that differs from the published numbers."""
    paper = f"Paper: published numbers, {published.DATA}."
    if not results:
        return f"Ours: run `{run}` has nothing for this table. {paper}"
    sets = sorted({(r["union"], r["size"], r["train_pairs"], r["val_pairs"], r["test_pairs"]) for r in results})
    ours = "; ".join(
        f"{union} at {size}x{size} pixels ({train} training, {val} validation, {test} test pairs)"
        for union, size, train, val, test in sets
    )
    caution = (
        "Both were measured on the same data bases; splits and training differ as README.md says."
        if all(map(_same_data, results))
        else "Not all of this is the paper's data; no difference is taken where it is not. A sample shows that the "
        "pipeline works and that a detector learns: its numbers say nothing about the paper's data bases."
    )
    return (
        f"Ours: run `{run}`, {ours}. Accuracy at threshold 0.5 with its Wilson 95 % interval, which takes images as "
        f"independent (of several stegos of a cover, one). {paper} {caution}"
    )


def table_1(results: Sequence[Row], counts: Mapping[tuple[str, str], Row]) -> list[Row]:
    """Rows of Table 1: scenario x head; ours are means over seeds."""
    groups = _grouped(results)
    run = sorted({(data, payload, recipe) for data, payload, _, _, recipe in groups})
    if PAPER_PAYLOAD not in {payload for _, payload, _ in run}:
        run.append(("", "", ""))  # published, not run
    rows = []
    for data, payload, recipe in run:
        for (head, scenario), paper in published.TABLE_1.items():
            found = groups.get((data, payload, "first-method", head, recipe), [])
            row: Row = {"data": data, "payload": payload, "recipe": recipe, "scenario": scenario, "head": HEADS[head]}
            row |= {"ours": "", "ours_lstm_trained": "", "paper": paper, "difference": ""}
            if scenario != "parameters" and payload not in ("", PAPER_PAYLOAD):
                row["paper"] = ""
            if scenario == "parameters":
                line = counts.get(("first-method", head), {})
                row |= {"ours": line.get("paper", ""), "ours_lstm_trained": line.get("trained", "")}
            elif found:
                row["ours"] = mean(r["accuracy" if scenario == "test_accuracy" else scenario] for r in found)
                row["difference"] = row["ours"] - paper if data == "bossbase" and _comparable(found[0]) else ""
            rows.append(row)
    return rows


def table_2(results: Sequence[Row]) -> list[Row]:
    """Rows of Table 2: every result of the JPEG domain, then what was published and not run.

    The paper's numbers are of its first method on ALASKA2 as given, resized; only there is a difference taken.
    """
    paper = dict(published.TABLE_2)
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for r in results:
        groups[r["union"], r["embedder"], r["condition"], r["network"], r["head"], r["recipe"]].append(r)
    rows, ran = [], set()
    for (data, embedder, condition, network, head, recipe), found in groups.items():
        same = network == "first-method" and data.startswith("alaska2") and _same_data(found[0])
        accuracy, loss = paper.get((embedder, head), (None, None)) if same else (None, None)
        ran |= {(embedder, head)} if same else set()
        row = _summary((data, condition, network, head, recipe), found, accuracy)
        row |= {"embedder": embedder, "loss": mean(r["loss"] for r in found), "paper_loss": loss or ""}
        rows.append(row)
    for (embedder, head), (accuracy, loss) in paper.items():
        if (embedder, head) in ran:
            continue
        row = _empty(("alaska2", GIVEN, "first-method", head, ""))
        rows.append(row | {"embedder": embedder, "loss": "", "paper": accuracy, "paper_loss": loss})
    columns = ("data", "embedder", *KEY[1:], "accuracy", "low", "high", "loss", *COLUMNS[8:], "paper_loss")
    return [{column: row[column] for column in columns} for row in rows]


def table_3_4(results: Sequence[Row], embedder: str) -> list[Row]:
    """Rows of Table 3 (S-UNIWARD) or 4 (WOW): what was run, then what was published and not run."""
    paper = {
        (source, PAPER_PAYLOAD, network, head): value
        for (name, source, network), values in published.TABLES_3_4.items()
        if name == embedder
        for head, value in zip(("original", "fc", "lstm"), values, strict=True)
        if value is not None
    }
    groups = _grouped(results)
    rows = [_summary(key, found, paper.get(key[:4])) for key, found in groups.items()]
    ran = {key[:4] for key in groups}
    return rows + [_empty((*key, "")) | {"paper": value} for key, value in paper.items() if key not in ran]


def table_5(counts: Mapping[tuple[str, str], Row]) -> list[Row]:
    """Rows of Table 5: both ways of counting beside the published totals."""
    rows = []
    for network, (fc, fc_stage, lstm, lstm_stage) in published.TABLE_5.items():
        ours_fc, ours_lstm = counts.get((network, "fc"), {}), counts.get((network, "lstm"), {})
        rows.append(
            {
                "network": network,
                "fc": ours_fc.get("paper", ""),
                "paper_fc": fc,
                "fc_classification": ours_fc.get("classification_paper", ""),
                "paper_fc_classification": fc_stage,
                "lstm_as_zero": ours_lstm.get("paper", ""),
                "paper_lstm": lstm,
                "lstm_trained": ours_lstm.get("trained", ""),
                "lstm_classification_trained": ours_lstm.get("classification_trained", ""),
                "paper_lstm_classification": lstm_stage,
            }
        )
    return rows


def _grouped(results: Iterable[Row]) -> dict[tuple[str, ...], list[Row]]:
    """Results by data, payload, network, head, recipe: one list over seeds."""
    groups = defaultdict(list)
    for r in results:
        groups[r["union"], r["condition"], r["network"], r["head"], r["recipe"]].append(r)
    return dict(groups)


def _same_data(result: Row) -> bool:
    """Whether a result was measured on data that the paper names: as many pairs, of its size, made in its way."""
    *wanted, resize = PAPER_DATA.get(result["union"], (0, 0, 0, None))
    got = [result[f"{split}_pairs"] for split in ("train", "val", "test")]
    least = 1 - (DROPPED if result["payload"] is None else 0)
    counts = all(least * w <= g <= w for w, g in zip(wanted, got, strict=True))
    return counts and result["size"] == PAPER_SIZE and result["resize"] == resize


def _comparable(result: Row) -> bool:
    """Whether it was also measured at the paper's payload, which is unknown of ready-made pairs."""
    return _same_data(result) and result["payload"] in (published.PAYLOAD, None)


def _empty(key: tuple[str, ...]) -> Row:
    data, payload, network, head, recipe = key
    return dict.fromkeys(COLUMNS, "") | dict(zip(KEY, (data, payload, network, HEADS[head], recipe), strict=True))


def _summary(key: tuple[str, ...], found: Sequence[Row], paper: float | None) -> Row:
    """One row: means over seeds, Wilson interval of the mean on the one test split, spread (standard deviation)."""
    accuracy, images = mean(r["accuracy"] for r in found), found[0]["images"]
    low, high = wilson(accuracy, found[0]["independent"])
    row = _empty(key) | {name: mean(r[name] for r in found) for name in ("accuracy", "p_e", "auc", "p_md_5")}
    row |= {"low": low, "high": high, "images": images, "seeds": len(found)}
    row["spread"] = stdev(r["accuracy"] for r in found) if len(found) > 1 else ""
    if paper is None and key[1] == PAPER_PAYLOAD:  # other data: BOSSBase's number stands beside it
        values = published.TABLES_3_4.get((found[0]["embedder"], "bossbase", key[2]), ())
        paper = dict(zip(("original", "fc", "lstm"), values, strict=False)).get(key[3])
    if paper is not None:
        row |= {"paper": paper, "difference": accuracy - paper if _comparable(found[0]) else ""}
    return row
