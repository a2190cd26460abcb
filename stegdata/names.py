"""Names of stego sets, of parts of them and of trained detectors; all paths below results/ are made here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product
from pathlib import Path, PurePath

from embedders import EMBEDDERS, Domain
from stegdata.errors import DataError

#: Payload, often unknown, of pairs that were embedded by somebody else.
PRECOMPUTED = "precomputed"
#: Takes the place of a stego set in paths of features of covers; of JPEG covers with their quality.
COVERS = "covers"
#: Joins sources, or embedders, that are combined.
PLUS = "+"
_SET = re.compile(
    r"(?P<embedders>[a-z][a-z0-9]*([-+](?!q\d+-)[a-z][a-z0-9]*)*)-"
    r"((q(?P<quality>\d+)-)?(?P<payload>\d+(\.\d+)?)(?P<unit>bpp|bpnzac)(?P<coded>-stc)?|precomputed)",
    re.ASCII,
)
_PART = re.compile(r"(?P<split>train|val|test)-(?P<number>\d{3})", re.ASCII)
_DETECTOR = re.compile(r"(?P<stego_set>[^/]*/[^/]*)/(?P<name>[^/]*)(/(?P<recipe>[^/]*))?/seed-(?P<seed>\d+)", re.ASCII)


@dataclass(frozen=True, order=True)
class Part:
    """Covers or pairs of one split in one folder or shard: train-000."""

    split: str
    number: int

    def __str__(self) -> str:
        """Name in paths."""
        return f"{self.split}-{self.number:03d}"

    @staticmethod
    def is_name(text: str) -> bool:
        """Return whether a text is the name of a part."""
        return _PART.fullmatch(text) is not None

    @classmethod
    def parse(cls, name: str) -> "Part":
        """Parse the output of `str`."""
        match = _PART.fullmatch(name)
        if match is None:
            raise DataError(f"part: expected a split and a number such as train-000, got {name!r}")
        return cls(match["split"], int(match["number"]))


@dataclass(frozen=True)
class StegoSet:
    """Source x embedder x payload: all pairs that were embedded alike.

    Sources are joined by `+` where several are combined; quality is of JPEG covers; payload is None where the pairs are
    precomputed; unit is bpp or bpnzac, in small letters as in paths; coded where messages are really embedded, by
    syndrome-trellis codes, and not simulated.
    """

    source: str
    embedders: tuple[str, ...]
    quality: int | None = None
    payload: float | None = None
    unit: str | None = None
    coded: bool = False

    def __str__(self) -> str:
        """Path component of this stego set: bossbase/suniward-0.4bpp, alaska2-crop/jmipod+uerd-precomputed."""
        return f"{self.source}/{self.name}"

    @property
    def name(self) -> str:
        """Name below its source: suniward-0.4bpp, uerd-q75-0.4bpnzac."""
        return f"{PLUS.join(self.embedders)}-{self.condition}"

    @property
    def condition(self) -> str:
        """Quality and payload, as they follow the embedders in the name."""
        if self.payload is None:
            return PRECOMPUTED
        quality = "" if self.quality is None else f"q{self.quality}-"
        # the shortest digits that give this number again, never an exponent
        return f"{quality}{Decimal(repr(float(self.payload))).normalize():f}{self.unit}{'-stc' * self.coded}"

    @property
    def sources(self) -> list[str]:
        """Sources that are combined, or the only one."""
        return self.source.split(PLUS)

    @property
    def embedder(self) -> str:
        """Embedder, or the first of those combined."""
        return self.embedders[0]

    @property
    def domain(self) -> Domain:
        """Domain of its embedders."""
        return EMBEDDERS[self.embedder].domain

    @property
    def precomputed(self) -> bool:
        """Whether its pairs were embedded by somebody else."""
        return self.payload is None

    @property
    def origin(self) -> str:
        """Source and quality, which distinguish covers of one name when messages are drawn."""
        return self.source if self.quality is None else f"{self.source}/q{self.quality}"

    def single(self) -> "Iterator[StegoSet]":
        """Yield the stego sets of one source and one embedder that this one combines."""
        for source, embedder in product(self.sources, self.embedders):
            yield replace(self, source=source, embedders=(embedder,))

    @property
    def shards(self) -> str:
        """Folder of the shards of one source and one embedder."""
        return f"results/shards/{self}"

    def shard(self, part: Part) -> str:
        """Path of a shard."""
        return f"{self.shards}/{part}.h5"

    def covers(self, part: Part) -> str:
        """Folder of the covers that a shard is embedded in."""
        return f"results/covers/{self.origin}/{part}"

    def jpeg_covers(self, part: Part) -> list[str]:
        """Folder of JPEG covers that a shard holds the changes of; none of pixels, and of precomputed pairs."""
        return [] if self.quality is None else [self.covers(part)]

    def features(self, feature_set: str, part: Part) -> str:
        """Features of the stegos of a shard."""
        return f"results/features/{feature_set}/{self}/{part}.h5"

    def cover_features(self, feature_set: str, part: Part) -> str:
        """Features of the covers that a shard is embedded in, which all its stego sets share."""
        covers = COVERS if self.quality is None else f"{COVERS}-q{self.quality}"
        return f"results/features/{feature_set}/{self.source}/{covers}/{part}.h5"

    @classmethod
    def named(cls, source: str, name: str) -> "StegoSet":
        """Read a source and a name below it; DataError if it is none, or another name of the same set."""
        match = _SET.fullmatch(name)
        if match is None:
            expected = "a name such as suniward-0.4bpp, uerd-q75-0.4bpnzac or uerd-precomputed"
            raise DataError(f"stego set: expected {expected}, got {name!r}")
        embedders = tuple(sorted(set(match["embedders"].split(PLUS))))
        quality = None if match["quality"] is None else int(match["quality"])
        payload = None if match["payload"] is None else float(match["payload"])
        stego_set = cls(source, embedders, quality, payload, match["unit"], match["coded"] is not None)
        if stego_set.name != name:
            raise DataError(f"stego set: expected {stego_set.name}, got {name!r}: one set has one name, and one path")
        return stego_set

    @classmethod
    def parse(cls, text: str) -> "StegoSet":
        """Parse the output of `str`."""
        source, _, name = text.partition("/")
        if not source:
            raise DataError(f"stego set: expected a name such as bossbase/suniward-0.4bpp, got {text!r}")
        return cls.named(source, name)

    @classmethod
    def of_path(cls, path: str | PurePath) -> "StegoSet":
        """Stego set of a file in its folder: .../<source>/<stego set>/<file>."""
        *_, source, name, _ = ("", "", "", *PurePath(path).parts)
        return cls.parse(f"{source}/{name}")


@dataclass(frozen=True)
class TrainedDetector:
    """A detector, trained on a stego set.

    Its name is that of network and head, of feature set and classifier, or of the mean of both: xu-net-fc, srm-fld,
    xu-net-fc+srm-fld. Recipe says how a network is trained, and is empty for others.
    """

    stego_set: StegoSet
    name: str
    recipe: str
    seed: int

    def __str__(self) -> str:
        """Path component of this detector: bossbase/suniward-0.4bpp/xu-net-fc/tuned/seed-1."""
        return "/".join(filter(None, (str(self.stego_set), self.name, self.recipe, f"seed-{self.seed}")))

    @property
    def model(self) -> str:
        """Network, or feature set."""
        return self.name.rpartition("-")[0]

    @property
    def head(self) -> str:
        """Head of the network, or classifier."""
        return self.name.rpartition("-")[2]

    @property
    def components(self) -> "tuple[TrainedDetector, ...]":
        """Network and feature detector of a mean; any other detector itself."""
        network, plus, features = self.name.partition(PLUS)
        if not plus:
            return (self,)
        return replace(self, name=network), TrainedDetector(self.stego_set, features, "", 0)

    @property
    def title(self) -> str:
        """Name and recipe, as tables print them."""
        return f"{self.name} {self.recipe}".strip()

    @property
    def folder(self) -> str:
        """Folder of its files."""
        return f"results/detectors/{self}"

    def file(self, name: str) -> str:
        """Path of a file of its folder."""
        return f"{self.folder}/{name}"

    def scored(self, tested: StegoSet, name: str) -> str:
        """Path of a file of its results on a stego set: `scores.tsv` of the test split, `val-scores.tsv`, ..."""
        return self.file(f"on/{tested}/{name}")

    def benchmark(self, rule: str) -> str:
        """Path of the time that one of its jobs took."""
        return f"results/benchmarks/{rule}/{self}.tsv"

    @classmethod
    def parse(cls, text: str) -> "TrainedDetector":
        """Parse the output of `str`."""
        match = _DETECTOR.fullmatch(text)
        if match is None:
            raise DataError(
                f"detector: expected a name such as bossbase/suniward-0.4bpp/xu-net-fc/tuned/seed-1, got {text!r}"
            )
        detector = cls(StegoSet.parse(match["stego_set"]), match["name"], match["recipe"] or "", int(match["seed"]))
        if str(detector) != text:
            raise DataError(f"detector: expected {detector}, got {text!r}: one detector has one name, and one path")
        return detector


def scores_of(folder: Path) -> Path | None:
    """Find the scores of a detector on the test split of its own stego set; None where a moved folder has several."""
    files = sorted(Path(folder).glob("on/*/*/scores.tsv"))
    path = f"{Path(folder).resolve().as_posix()}/"
    same_set = [file for file in files if f"/{file.parent.parent.name}/{file.parent.name}/" in path]
    return next(iter(same_set), files[0] if len(files) == 1 else None)
