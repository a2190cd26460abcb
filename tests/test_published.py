"""`workflow.report.published`: the numbers are those printed in the paper, typed a second time."""

import pandas as pd
import pytest
from working_folder import ROOT

from workflow.report import published

NUMBERS = pd.read_csv(ROOT / "workflow/report/published.csv")
NETWORKS = ("xu-net", "ye-net", "yedroudj-net", "zhu-net")
# Typed from paper.txt, in the order of NETWORKS: original, strategy, LSTM on BOSSBase; strategy, LSTM with BOWS2.
PRINTED = {
    "suniward": "73 78 76 82 81 | 68 81 80 83 81 | 77 79 79 84 82 | 84.5 78.6 80.7 86 81.3",
    "wow": "79 82 81 85 83 | 75 84 83 86 85 | 84 85 83 86 85 | 88.1 82.9 83.5 75 83.5",
}


@pytest.mark.parametrize("embedder", PRINTED)
def test_tables_3_and_4_are_those_of_the_paper(embedder):
    for network, line in zip(NETWORKS, PRINTED[embedder].split("|"), strict=True):
        original, fc, lstm, union_fc, union_lstm = (float(number) / 100 for number in line.split())
        for source, printed in (
            ("bossbase", {"original": original, "fc": fc, "lstm": lstm}),
            ("bossbase+bows2", {"fc": union_fc, "lstm": union_lstm}),
        ):
            row = NUMBERS.set_index(["embedder", "data", "detector"]).loc[[(embedder, source, network)]]
            assert dict(zip(row["head"], row["paper"], strict=True)) == pytest.approx(printed)
    number = {"suniward": 3, "wow": 4}[embedder]
    assert set(NUMBERS[NUMBERS["table"] == number]["embedder"]) == {embedder}
    assert (NUMBERS["table"] == number).sum() == 20


def test_tables_1_2_and_5_are_those_of_the_paper():
    first = NUMBERS[NUMBERS["table"] == 1].set_index(["head", "scenario"])["paper"]
    assert [first["lstm", f"{split}_accuracy"] for split in ("train", "val", "test")] == [0.75, 0.76, 0.67]
    assert [first["fc", f"{split}_accuracy"] for split in ("train", "val", "test")] == [0.85, 0.75, 0.67]
    second = NUMBERS[NUMBERS["table"] == 2].set_index(["embedder", "head"])
    assert len(first) == 6 and len(second) == 8
    assert published.TABLE_5["first-method"] == (434522, "", 433592, "")
    for embedder, *lstm_and_fc in (  # accuracy and loss
        ("jmipod", (0.62, 0.99), (0.65, 1.45)),
        ("juniward", (0.60, 1.00), (0.62, 1.00)),
        ("uerd", (0.61, 0.90), (0.63, 0.94)),
        ("jmipod+juniward+uerd", (0.49, 1.00), (0.46, 1.7)),
    ):
        rows = [second.loc[(embedder, head)] for head in ("lstm", "fc")]
        assert [(row["paper"], row["paper_loss"]) for row in rows] == lstm_and_fc
    fc, fc_stage, lstm, lstm_stage = zip(*(published.TABLE_5[network] for network in NETWORKS), strict=True)
    assert fc == (86554, 87562, 251110, 275684) and fc_stage == (59616, 22752, 59616, 59616)
    assert lstm == (39418, 118570, 203974, 265156) and lstm_stage == (0, 0, 0, 0)
