"""Files that a finished run left below `results`, as the report reads them."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pandas import DataFrame

from embedders import Domain
from models import scores
from models.scores import Scores
from stegdata import duplicates, exclusions, history, manifest, splits, tsv
from stegdata.names import StegoSet, TrainedDetector
from stegdata.splits import SPLITS

#: Fewer test photographs than this, and intervals mean little.
FEW = 20


def scores_path(detector: TrainedDetector) -> str:
    """Scores of a detector on the test split of its own stego set."""
    return detector.scored(detector.stego_set, "scores.tsv")


def own_scores(detector: TrainedDetector) -> Scores:
    """Read these scores."""
    return scores.read(Path(scores_path(detector)))


def pair_counts(stego_set: StegoSet) -> Counter[str]:
    """Count the pairs of each split; of a combined set, those of all its sets together."""
    return sum((manifest.pair_counts(Path(single.shards)) for single in stego_set.single()), Counter())


def split_counts(sources: Sequence[str], stego_sets: Sequence[StegoSet]) -> DataFrame:
    """Count groups and covers of each source and pairs of each stego set: a row each, a column per split."""
    rows = []
    for source in sources:
        split = _split(source)
        groups = Counter(name for name, _ in {(row.split, row.group) for row in split})
        for counted, counts in (("groups", groups), ("covers", Counter(row.split for row in split))):
            rows.append({"data": source, "stego_set": "", "counted": counted} | {name: counts[name] for name in SPLITS})
    for stego_set in stego_sets:
        names = {"data": stego_set.source, "stego_set": stego_set.name, "counted": "pairs"}
        rows.append(names | {name: pair_counts(stego_set)[name] for name in SPLITS})
    return DataFrame(rows)


def note(stego_sets: Sequence[StegoSet], conflict_tables: Sequence[str], fewest: int) -> str:
    """Say below tables how many covers embedders refused, and pictures are in another split; empty if none.

    `fewest` is the smallest number of test photographs (groups): below `FEW` the note says that intervals mean little.
    """
    refused = {
        str(stego_set): sum(bool(pair["left_out"]) for pair in tsv.read(f"{stego_set.shards}/pairs.tsv", ["left_out"]))
        for stego_set in stego_sets
    }
    copies = {path: len(duplicates.left_out([Path(path)])) for path in conflict_tables}
    notes = {
        "the embedder refused them (pairs.tsv names each with the reason)": [
            f"{count} of {stego_set}" for stego_set, count in refused.items() if count
        ],
        "another source has the same picture in another split (the table names each)": [
            f"{count} ({path})" for path, count in copies.items() if count
        ],
    }
    spatial = sorted({stego_set.source for stego_set in stego_sets if stego_set.domain is Domain.SPATIAL})
    noted = {source: exclusions.read(Path(f"results/covers/{source}/exclusions.tsv")) for source in spatial}
    compressed = {source: history.count(notes) for source, notes in noted.items()}
    sentences = [f"Left out, as {reason}: {', '.join(counts)}." for reason, counts in notes.items() if counts]
    if any(compressed.values()):
        counts = ", ".join(f"{number} of {source}" for source, number in compressed.items() if number)
        sentences.append(
            f"Images that were JPEG and are not reduced by two: {counts} (exclusions.tsv names them); compression "
            "alone gives their stegos in pixels away, so that these numbers say little of the embedder."
        )
    if fewest < FEW:
        sentences.append(f"Only {fewest} test photographs: below {FEW}, intervals mean little.")
    return " ".join(sentences)


def seconds(benchmarks: Path) -> float:
    """Sum up the run time of all jobs below `results/benchmarks`."""
    return sum(float(job["s"]) for path in benchmarks.rglob("*.tsv") for job in tsv.read(path, ("s",)))


def _split(source: str) -> list[splits.Row]:
    return splits.read(Path(f"results/covers/{source}/split.tsv"))
