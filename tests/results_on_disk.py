"""Files that jobs leave below `results` of the working folder, written without running them, and frames as rows."""

from pathlib import Path

import numpy as np

from models import scores
from stegdata import manifest, splits, tsv
from stegdata.names import TrainedDetector


def records(frame):
    """Rows of a frame as dicts; a missing value is empty, as in a CSV file."""
    return frame.astype(object).where(frame.notna(), "").to_dict("records")


def detector_of(text):
    """A detector whose folders exist."""
    detector = TrainedDetector.parse(text)
    for path in (detector.file("model.json"), detector.scored(detector.stego_set, "scores.tsv")):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    return detector


def write_scores(detector, values, names=None, path=None, groups=None):
    """Scores of cover and stego of each pair in turn; covers are c0, c1, ... of groups of their own unless named."""
    count, stego_set = len(values), detector.stego_set
    names = [f"c{i // 2}" for i in range(count)] if names is None else names
    scored = scores.Scores(
        [stego_set.sources[0]] * count,
        [stego_set.embedder] * count,
        names,
        names if groups is None else groups,
        np.zeros(count, np.int64),
        np.arange(count) % 2,
        np.array(values, np.float64),
    )
    scores.write(path or Path(detector.scored(stego_set, "scores.tsv")), scored)


def write_split(source, groups, split="test"):
    """Covers c0, c1, ... of these groups, all in one split."""
    path = Path(f"results/covers/{source}/split.tsv")
    path.parent.mkdir(parents=True, exist_ok=True)
    splits.write(path, [splits.Row(f"c{i}", group, split, 0) for i, group in enumerate(groups)])


def write_manifest(stego_set, *shards):
    """A manifest of shards, each (split, number of pairs), in any order."""
    Path(stego_set.shards).mkdir(parents=True, exist_ok=True)
    rows = [
        (f"{split}-{number:03d}.h5", f"c{pair}", "0.1", "0.4", "")
        for number, (split, pairs) in enumerate(shards)
        for pair in range(pairs)
    ]
    tsv.write(f"{stego_set.shards}/{manifest.PAIRS}", manifest.COLUMNS, rows)
