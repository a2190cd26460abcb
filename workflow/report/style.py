"""How figures look and are written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

#: Okabe and Ito's colours, told apart by colour-blind readers too.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
#: Told apart in grey print, where colours are not.
LINES = ("-", "--", "-.", ":")
DPI = 130
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "cnn-lstm-steganalysis",  # names inside SVG files, otherwise random
    "pdf.fonttype": 42,  # letters stay letters
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.alpha": 0.3,
    "legend.frameon": False,
    "image.cmap": "cividis",
}


@contextmanager
def styled(path: Path, width: float, height: float, *, pdf: bool = False) -> Iterator[Figure]:
    """Yield a figure of so many inches; write it as PNG, SVG and, for papers, PDF: the same bytes each time."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # whatever the user's matplotlibrc says
        matplotlib.rcParams.update(STYLE)
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure
        figure.savefig(f"{path}.png", dpi=DPI, metadata={"Software": None})
        figure.savefig(f"{path}.svg", dpi=DPI, metadata={"Date": None, "Creator": None})
        if pdf:
            figure.savefig(f"{path}.pdf", metadata={"CreationDate": None, "Creator": None, "Producer": None})
