"""Numbers printed in the paper, shown beside measured ones and never mixed with them.

D. Shehab, M. Alhaddad, "Image steganalysis using LSTM fused convolutional neural networks for secure telemedicine",
Frontiers in Medicine 12:1619706, 2025, doi:10.3389/fmed.2025.1619706. Its column "Strategy": R. Tabares-Soto et al.,
PeerJ Computer Science 7:e451, 2021, doi:10.7717/peerj-cs.451.

Its Tables 1 to 4 are `published.csv`: shares, not per cent. Tables 1, 3, 4, 5: 0.4 bpp, BOSSBase 1.01 at 256x256; 2:
ALASKA2 at 256x256.
"""

from types import MappingProxyType

#: Table 5 (of the first method Table 1), trainable parameters: network -> fc total, its classification stage, LSTM
#: total, its classification stage.
TABLE_5 = MappingProxyType(
    {
        "xu-net": (86_554, 59_616, 39_418, 0),
        "ye-net": (87_562, 22_752, 118_570, 0),
        "yedroudj-net": (251_110, 59_616, 203_974, 0),
        "zhu-net": (275_684, 59_616, 265_156, 0),
        "first-method": (434_522, "", 433_592, ""),
    }
)

#: Data that the numbers were measured on.
PAYLOAD = 0.4
DATA = "BOSSBase 1.01 (with BOWS2 where named), 256x256 pixels, 0.4 bpp; in Table 2 ALASKA2, resized to 256x256"
PAPER_PAYLOAD = f"{PAYLOAD:g}bpp"
#: Pixels a side.
SIZE = 256
#: Source -> pairs of train, val, test in the paper, and how images got their size.
PAIRS = MappingProxyType(
    {
        "bossbase": (4000, 1000, 5000, "matlab"),
        "bossbase+bows2": (14000, 1000, 5000, "matlab"),
        "alaska2-resize": (6000, 1500, 7500, "matlab"),
        "alaska2-resize-all": (9000, 2250, 11250, "matlab"),
    }
)
#: Share of precomputed stegos that equal their cover, and are dropped: some 250 of 75,000.
DROPPED = 0.01
#: Heads and classifiers as tables call them, in their order.
HEADS = MappingProxyType(
    {
        "fc": "Strategy (fc)",
        "lstm": "With LSTM",
        "pool": "pool (control, ours)",
        "original": "Original",
        "fld": "FLD ensemble",
        "ridge": "Ridge",
        "lda": "LDA",
    }
)
#: Columns of `parameters.tsv`.
COUNTED = ("network", "head", "trained", "paper", "classification_trained", "classification_paper")
