"""The paper's Tables 1 to 5, measured values with intervals beside the published numbers, and one of all detectors."""

from pathlib import Path

import pandas as pd
from pandas import DataFrame

from embedders import EMBEDDERS
from embedders.domains import Domain
from stegdata import tsv
from stegdata.names import PRECOMPUTED, StegoSet
from workflow.report import published, summary
from workflow.report.published import HEADS, PAPER_PAYLOAD
from workflow.report.summary import PAIRS, on_own_test_split, over_seeds
from workflow.report.table import Table

#: Embedder of each of the paper's spatial tables.
SPATIAL = {3: "suniward", 4: "wow"}
TITLES = {
    2: "Table 2: JPEG domain",
    3: "Table 3: S-UNIWARD, accuracy on the test split",
    4: "Table 4: WOW, accuracy on the test split",
}
#: Columns that a published number belongs to; measured rows have a recipe too.
PUBLISHED_KEY = ["data", "embedder", "payload", "detector", "head"]
KEY = [*PUBLISHED_KEY, "recipe"]
MEASURED = [*summary.bounded("accuracy", "p_e", "auc", "p_md_5"), "spread", "images", "groups", "seeds"]
PAPER = ["paper", "difference"]
PARAMETER_NOTE = (
    "The paper's totals with LSTM come out only if the weights of the LSTMs count as zero; lstm trained is what really "
    "trains. The paper prints 59,616 for the classification stage of Zhu-Net; built to its description it has 26,848."
)
ALL_NOTE = (
    "Every detector on the test split of the stego set that it was trained on, mean over seeds, with 95 % intervals "
    "over test photographs (delete-one-group jackknife; groups: photographs, patients). P_E: smallest mean of false "
    "alarms and missed detections; p md 5: missed detections at 5 % false alarms. results/summary.csv has every "
    "seed, and the weighted AUC."
)


def measure(results: DataFrame) -> DataFrame:
    """Average every detector of a summary on its own test split over seeds and put the published numbers beside it.

    `table` is the paper's that a row belongs to (0: none), `same_data` whether it was measured on data that the paper
    names, `comparable` also at its payload; `difference` is of comparable rows only.
    """
    own = on_own_test_split(results)
    stego_sets = list(map(StegoSet.named, own["source"], own["stego_set"]))
    own = own.assign(
        data=own["source"],
        embedder=["+".join(stego_set.embedders) for stego_set in stego_sets],
        payload=[stego_set.condition for stego_set in stego_sets],
        detector=own["kind"],
        head=[HEADS.get(head, head) for head in own["head"]],
    )
    rows = over_seeds(own, KEY)
    records = rows.to_dict("records")
    rows["table"] = [_table(row) for row in records]
    rows["same_data"] = [_same_data(row) for row in records]
    rows["comparable"] = rows["same_data"] & rows["payload"].isin([PAPER_PAYLOAD, PRECOMPUTED])
    numbers = _published(2, 3, 4).drop(columns="table")
    paper = rows[KEY].merge(numbers, how="left", on=PUBLISHED_KEY)
    paper = paper.where(rows["same_data"] | (rows["table"] != 2))
    # beside other covers stands BOSSBase's number
    bossbase = rows[KEY].assign(data="bossbase").merge(numbers, how="left", on=PUBLISHED_KEY)
    rows["paper"], rows["paper_loss"] = paper["paper"].fillna(bossbase["paper"]), paper["paper_loss"]
    rows["difference"] = (rows["accuracy"] - rows["paper"]).where(rows["comparable"])
    return rows


def build(measured: DataFrame, parameters: Path, run: str) -> list[Table]:
    """Lay out Tables 1 to 5 and all detectors, from the rows of `measure`, `parameters.tsv` and the run's name."""
    rows = measured[measured["table"] == 1]
    tables = [Table("table1", "Table 1: first method, S-UNIWARD", data_note(rows, run), *table_1(rows))]
    for number, title in TITLES.items():
        rows = measured[measured["table"] == number]
        note = data_note(rows, run)
        ran = set(rows[rows["paper"].notna()][PUBLISHED_KEY].itertuples(index=False, name=None))
        paper = _published(number)
        left = paper[[key not in ran for key in paper[PUBLISHED_KEY].itertuples(index=False, name=None)]]
        if number == 2:
            rows = rows[KEY + MEASURED + PAPER + ["loss", "paper_loss"]]
            left = left[["data", "embedder", "head", "paper", "paper_loss"]]
        else:
            rows = rows[KEY + MEASURED + PAPER].drop(columns="embedder")
            left = left[["data", "payload", "detector", "head", "paper"]]
        tables.append(Table(f"table{number}", title, note, rows, left))
    tables.append(Table("table5", "Table 5: trainable parameters at 256x256", PARAMETER_NOTE, table_5(parameters)))
    return [*tables, Table("detectors", "All detectors", ALL_NOTE, measured[KEY + MEASURED])]


def data_note(rows: DataFrame, run: str) -> str:
    """Say on which data the rows were measured and how these differ from the paper's."""
    paper = f"Paper: published numbers, {published.DATA}."
    if not len(rows):
        return f"Ours: run {run} has nothing for this table. {paper}"
    data = rows[["data", "size", *PAIRS]].drop_duplicates().sort_values(["data", "size", *PAIRS])
    ours = "; ".join(
        f"{source} at {size}x{size} pixels ({train} training, {val} validation, {test} test pairs)"
        for source, size, train, val, test in data.itertuples(index=False)
    )
    caution = (
        "Both were measured on the same data bases; splits and training differ as docs/paper.md says."
        if rows["same_data"].all()
        else "Not all of this is the paper's data; no difference is taken where it is not. A sample shows that the "
        "pipeline works and that a detector learns: its numbers say nothing about the paper's data bases."
    )
    return (
        f"Ours: run {run}, {ours}. Accuracy at threshold 0.5, with the 95 % interval over test photographs "
        f"(delete-one-group jackknife). {paper} {caution}"
    )


def table_1(rows: DataFrame) -> tuple[DataFrame, DataFrame]:
    """Return a row per detector and scenario; and the published numbers that were not run."""
    paper = _published(1)[["scenario", "head", "paper"]]
    # in Table 1 only BOSSBase is the paper's data
    comparable = rows["comparable"] & (rows["data"] == "bossbase")
    long = (
        rows.drop(columns="paper")
        .rename(columns={"accuracy": "test_accuracy"})
        .assign(comparable=comparable, order=range(len(rows)))
        .melt(
            ["data", "payload", "recipe", "head", "comparable", "order"],
            list(paper["scenario"].unique()),
            "scenario",
            "ours",
        )
        .sort_values("order", kind="stable")
        .merge(paper, how="left", on=["scenario", "head"])
    )
    at_payload = long["payload"] == PAPER_PAYLOAD
    long["paper"] = long["paper"].where(at_payload)
    long["difference"] = (long["ours"] - long["paper"]).where(long["comparable"])
    shown = long[["data", "payload", "recipe", "scenario", "head", "ours", *PAPER]]
    return shown, paper[~paper["head"].isin(long["head"][at_payload])]


def table_5(parameters: Path) -> DataFrame:
    """Return a row per network: both ways of counting beside the published totals."""
    lines = {(line["network"], line["head"]): line for line in tsv.read(parameters, published.COUNTED)}
    return DataFrame(
        {
            "network": network,
            "fc": lines[network, "fc"]["paper"],
            "paper_fc": fc,
            "fc_classification": lines[network, "fc"]["classification_paper"],
            "paper_fc_classification": fc_stage,
            "lstm_as_zero": lines[network, "lstm"]["paper"],
            "paper_lstm": lstm,
            "lstm_trained": lines[network, "lstm"]["trained"],
            "lstm_classification_trained": lines[network, "lstm"]["classification_trained"],
            "paper_lstm_classification": lstm_stage,
        }
        for network, (fc, fc_stage, lstm, lstm_stage) in published.TABLE_5.items()
    )


def _published(*tables: int) -> DataFrame:
    """Numbers of the paper's Tables 1 to 4, one row each, heads called as in tables."""
    rows = pd.read_csv(Path(__file__).with_name("published.csv"))
    return rows[rows["table"].isin(tables)].assign(head=rows["head"].map(HEADS))


def _table(row: dict) -> int:
    """Number of the paper's table that a detector belongs to, 0 if to none."""
    if EMBEDDERS[row["embedder"].partition("+")[0]].domain is Domain.JPEG:
        return 2
    first_method = (row["detector"], row["embedder"]) == ("first-method", "suniward")
    if first_method and row["head"] in (HEADS["fc"], HEADS["lstm"]):
        return 1
    return next((number for number, name in SPATIAL.items() if name == row["embedder"]), 0)


def _same_data(row: dict) -> bool:
    """Whether a row was measured on data that the paper names: as many pairs, of its size, resized in its way."""
    *pairs, resize = published.PAIRS.get(row["data"], (0, 0, 0, None))
    least = 1 - (published.DROPPED if row["payload"] == PRECOMPUTED else 0)
    counts = all(least * number <= row[key] <= number for number, key in zip(pairs, PAIRS, strict=True))
    return counts and row["size"] == published.SIZE and row["resize"] == resize
