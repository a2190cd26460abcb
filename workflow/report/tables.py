"""The paper's tables, ours with intervals beside the published numbers, and one of all detectors."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev

from models.metrics import wilson
from stegdata import tsv
from workflow.report import published
from workflow.report.published import HEADS, PAPER_PAYLOAD
from workflow.report.summary import Result
from workflow.report.table import Row, Table

SPATIAL_TABLES = {3: ("suniward", "S-UNIWARD"), 4: ("wow", "WOW")}
KEY = ("data", "payload", "detector", "head", "recipe")
Key = tuple[str, str, str, str, str]
PARAMETER_NOTE = (
    "The paper's totals with LSTM come out only if the weights of the LSTMs count as zero; lstm trained is what really "
    "trains. The paper prints 59,616 for the classification stage of Zhu-Net; built to its description it has 26,848."
)
ALL_NOTE = (
    "Every detector on the test split of the stego set that it was trained on: mean over seeds, Wilson's 95 % interval "
    "(images taken as independent; of several stegos of a cover, one), P_E the smallest mean of false alarms and "
    "missed detections, p md 5 missed detections at 5 % false alarms. results/summary.csv has every seed."
)


def build(results: Sequence[Result], parameters: Path, run: str) -> list[Table]:
    """Lay out Tables 1 to 5 and all detectors.

    Parameters
    ----------
    results : sequence of Result
        Of all detectors.
    parameters : Path
        `parameters.tsv`.
    run : str
        Name of the run.
    """
    own = [one for one in results if not one.part and one.tested == one.detector.stego_set]
    counts = {(line["network"], line["head"]): line for line in tsv.read(parameters, published.COUNTED)}
    first = [one for one in own if _is_first_method(one)]
    jpeg = [one for one in own if one.detector.stego_set.unit != "bpp"]
    tables = [
        Table("table1", "Table 1: first method, S-UNIWARD", data_note(first, run), *table_1(first, counts)),
        Table("table2", "Table 2: JPEG domain", data_note(jpeg, run), *table_2(jpeg)),
    ]
    for number, (embedder, title) in SPATIAL_TABLES.items():
        spatial = [one for one in own if one.detector.stego_set.embedders == (embedder,) and one not in first]
        title = f"Table {number}: {title}, accuracy on the test split"
        tables.append(Table(f"table{number}", title, data_note(spatial, run), *table_3_4(spatial, embedder)))
    tables.append(Table("table5", "Table 5: trainable parameters at 256x256", PARAMETER_NOTE, table_5(counts)))
    rows = [{"embedder": "+".join(key[1]), **_summary(key[0], found, None)} for key, found in _by_set(own).items()]
    columns = [column for column in rows[0] if column not in ("paper", "difference")]
    every = [{"data": row["data"], "embedder": row["embedder"]} | {key: row[key] for key in columns} for row in rows]
    return [*tables, Table("detectors", "All detectors", ALL_NOTE, every)]


def data_note(results: Sequence[Result], run: str) -> str:
    """Say what ours was measured on and how that differs from the published numbers."""
    paper = f"Paper: published numbers, {published.DATA}."
    if not results:
        return f"Ours: run {run} has nothing for this table. {paper}"
    sets = sorted({(one.tested.source, *(one[key] for key in ("size", *PAIRS))) for one in results})
    ours = "; ".join(
        f"{source} at {size}x{size} pixels ({train} training, {val} validation, {test} test pairs)"
        for source, size, train, val, test in sets
    )
    caution = (
        "Both were measured on the same data bases; splits and training differ as docs/paper.md says."
        if all(map(_same_data, results))
        else "Not all of this is the paper's data; no difference is taken where it is not. A sample shows that the "
        "pipeline works and that a detector learns: its numbers say nothing about the paper's data bases."
    )
    return (
        f"Ours: run {run}, {ours}. Accuracy at threshold 0.5 with its Wilson 95 % interval, which takes images as "
        f"independent (of several stegos of a cover, one). {paper} {caution}"
    )


PAIRS = ("train_pairs", "val_pairs", "test_pairs")


def table_1(results: Sequence[Result], counts: Mapping[tuple[str, str], Row]) -> tuple[list[Row], list[Row]]:
    """Rows of Table 1, scenario x head, means over seeds; and what was published and not run."""
    rows = []
    for (data, payload, _, head, recipe), found in _grouped(results).items():
        for scenario in published.SCENARIOS:
            paper = published.TABLE_1[head, scenario] if payload == PAPER_PAYLOAD else ""
            row: Row = {"data": data, "payload": payload, "recipe": recipe, "scenario": scenario, "head": HEADS[head]}
            ours = mean(one["accuracy" if scenario == "test_accuracy" else scenario] for one in found)
            difference = ours - paper if data == "bossbase" and _comparable(found[0]) else ""
            rows.append(row | {"ours": ours, "paper": paper, "difference": difference})
    ran = {(row["payload"], row["head"]) for row in rows}
    left = [
        {"scenario": scenario, "head": HEADS[head], "paper": value}
        for (head, scenario), value in published.TABLE_1.items()
        if (PAPER_PAYLOAD, HEADS[head]) not in ran and scenario in published.SCENARIOS
    ]
    return rows, left


def table_2(results: Sequence[Result]) -> tuple[list[Row], list[Row]]:
    """Rows of Table 2: every result of the JPEG domain; and what was published and not run.

    The paper's numbers are of its first method on ALASKA2 as published, resized; only there is a difference taken.
    """
    rows, ran = [], set()
    for ((data, condition, kind, head, recipe), embedders), found in _by_set(results).items():
        same = kind == "first-method" and data.startswith("alaska2") and _same_data(found[0])
        embedder = "+".join(embedders)
        accuracy, loss = published.TABLE_2.get((embedder, head), (None, "")) if same else (None, "")
        ran |= {(embedder, head)} if same else set()
        row = _summary((data, condition, kind, head, recipe), found, accuracy)
        losses = {"loss": mean(one["loss"] for one in found), "paper_loss": loss}
        rows.append({"data": data, "embedder": embedder} | row | losses)
    left = [
        {"data": "alaska2-resize", "embedder": embedder, "head": HEADS[head], "paper": accuracy, "paper_loss": loss}
        for (embedder, head), (accuracy, loss) in published.TABLE_2.items()
        if (embedder, head) not in ran
    ]
    return rows, left


def table_3_4(results: Sequence[Result], embedder: str) -> tuple[list[Row], list[Row]]:
    """Rows of Table 3 (S-UNIWARD) or 4 (WOW): what was run; and what was published and not run."""
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
    left = [
        {"data": key[0], "payload": key[1], "detector": key[2], "head": HEADS[key[3]], "paper": value}
        for key, value in paper.items()
        if key not in ran
    ]
    return rows, left


def table_5(counts: Mapping[tuple[str, str], Row]) -> list[Row]:
    """Rows of Table 5: both ways of counting beside the published totals."""
    rows = []
    for network, (fc, fc_stage, lstm, lstm_stage) in published.TABLE_5.items():
        ours_fc, ours_lstm = counts[network, "fc"], counts[network, "lstm"]
        rows.append(
            {
                "network": network,
                "fc": ours_fc["paper"],
                "paper_fc": fc,
                "fc_classification": ours_fc["classification_paper"],
                "paper_fc_classification": fc_stage,
                "lstm_as_zero": ours_lstm["paper"],
                "paper_lstm": lstm,
                "lstm_trained": ours_lstm["trained"],
                "lstm_classification_trained": ours_lstm["classification_trained"],
                "paper_lstm_classification": lstm_stage,
            }
        )
    return rows


def _is_first_method(result: Result) -> bool:
    detector = result.detector
    heads = {head for head, _ in published.TABLE_1}
    return (detector.kind, detector.stego_set.embedders) == ("first-method", ("suniward",)) and detector.head in heads


def _key(result: Result) -> Key:
    detector = result.detector
    return detector.stego_set.source, detector.stego_set.condition, detector.kind, detector.head, detector.recipe


def _grouped(results: Iterable[Result]) -> dict[Key, list[Result]]:
    """Results by data, payload, network, head, recipe: one list over seeds."""
    groups: dict[Key, list[Result]] = {}
    for one in results:
        groups.setdefault(_key(one), []).append(one)
    return groups


def _by_set(results: Iterable[Result]) -> dict[tuple[tuple[str, ...], tuple[str, ...]], list[Result]]:
    """The same, also by embedders."""
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Result]] = {}
    for one in results:
        groups.setdefault((_key(one), one.detector.stego_set.embedders), []).append(one)
    return groups


def _same_data(result: Result) -> bool:
    """Whether a result was measured on data that the paper names: as many pairs, of its size, made in its way."""
    *wanted, resize = published.PAIRS.get(result.tested.source, (0, 0, 0, None))
    least = 1 - (published.DROPPED if result.tested.payload is None else 0)
    counts = all(least * w <= result[key] <= w for w, key in zip(wanted, PAIRS, strict=True))
    return counts and result["size"] == published.SIZE and result["resize"] == resize


def _comparable(result: Result) -> bool:
    """Whether it was also measured at the paper's payload, which is unknown of precomputed pairs."""
    return _same_data(result) and result.tested.payload in (published.PAYLOAD, None)


def _summary(key: tuple[str, ...], found: Sequence[Result], paper: float | None) -> Row:
    """One row: means over seeds, Wilson interval of the mean on the one test split, spread (standard deviation)."""
    accuracy = mean(one["accuracy"] for one in found)
    low, high = wilson(accuracy, found[0]["independent"])
    data, payload, kind, head, recipe = key
    row: Row = dict(zip(KEY, (data, payload, kind, HEADS.get(head, head), recipe), strict=True))
    row |= {"accuracy": accuracy, "low": low, "high": high}
    row["spread"] = stdev(one["accuracy"] for one in found) if len(found) > 1 else ""
    row |= {name: mean(one[name] for one in found) for name in ("p_e", "auc", "p_md_5")}
    row |= {"images": found[0]["images"], "seeds": len(found), "paper": "", "difference": ""}
    if paper is None and payload == PAPER_PAYLOAD:  # other data: BOSSBase's number stands beside it
        values = published.TABLES_3_4.get((found[0].tested.embedder, "bossbase", kind), ())
        paper = dict(zip(("original", "fc", "lstm"), values, strict=False)).get(head)
    if paper is not None:
        row |= {"paper": paper, "difference": accuracy - paper if _comparable(found[0]) else ""}
    return row
