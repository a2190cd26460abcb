"""`workflow.report.published`: the numbers are those printed in the paper, typed a second time."""

import pytest

from workflow.report import published

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
        found = published.TABLES_3_4[embedder, "bossbase", network]
        assert found == pytest.approx((original, fc, lstm))
        union = published.TABLES_3_4[embedder, "bossbase+bows2", network]
        assert union[0] is None and union[1:] == pytest.approx((union_fc, union_lstm))
    assert len(published.TABLES_3_4) == 16


def test_tables_1_2_and_5_are_those_of_the_paper():
    assert [published.TABLE_1["lstm", f"{split}_accuracy"] for split in ("train", "val", "test")] == [0.75, 0.76, 0.67]
    assert [published.TABLE_1["fc", f"{split}_accuracy"] for split in ("train", "val", "test")] == [0.85, 0.75, 0.67]
    assert published.TABLE_5["first-method"] == (434522, "", 433592, "")
    for embedder, *lstm_and_fc in (  # accuracy and loss
        ("jmipod", (0.62, 0.99), (0.65, 1.45)),
        ("juniward", (0.60, 1.00), (0.62, 1.00)),
        ("uerd", (0.61, 0.90), (0.63, 0.94)),
        ("jmipod+juniward+uerd", (0.49, 1.00), (0.46, 1.7)),
    ):
        assert [published.TABLE_2[embedder, head] for head in ("lstm", "fc")] == lstm_and_fc
    fc, fc_stage, lstm, lstm_stage = zip(*(published.TABLE_5[network] for network in NETWORKS), strict=True)
    assert fc == (86554, 87562, 251110, 275684) and fc_stage == (59616, 22752, 59616, 59616)
    assert lstm == (39418, 118570, 203974, 265156) and lstm_stage == (0, 0, 0, 0)
