"""Look of all figures, and how they are written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workflow import plain_matplotlib

plain_matplotlib.load()
import matplotlib  # noqa: E402 after its settings were hidden
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

#: Okabe and Ito's colours, which colour-blind readers can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
#: For grey print, where colours look alike.
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
    """Yield a figure, sides in inches; write it as PNG, SVG and, for papers, PDF: the same bytes each time."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure
        figure.savefig(f"{path}.png", dpi=DPI, metadata={"Software": None})
        figure.savefig(f"{path}.svg", dpi=DPI, metadata={"Date": None, "Creator": None})
        if pdf:
            figure.savefig(f"{path}.pdf", metadata={"CreationDate": None, "Creator": None, "Producer": None})


@contextmanager
def grid(
    path: Path, panels: int, *, columns: int, width: float, height: float, pdf: bool = False
) -> Iterator[list[Axes]]:
    """Yield the axes of a figure of panels, each of this size in inches, in so many columns at most."""
    columns = min(columns, panels)
    lines = -(-panels // columns)
    with styled(path, width * columns + 0.2, height * lines, pdf=pdf) as figure:
        axes = list(figure.subplots(lines, columns, squeeze=False).flat)
        yield axes[:panels]
        for axis in axes[panels:]:
            axis.set_visible(False)
