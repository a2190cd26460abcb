"""Facts about each kind of source: where it is published, how it is licensed and cited."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Archive:
    """A published archive of images; `size` and `sha256` are of the archive, where known."""

    #: Name of the download below `resources/<source>`.
    file: str
    #: Mirrors in order; one may have a zip and another a tar.
    urls: tuple[str, ...]
    #: Number of images, and pixels of each side.
    count: int
    side: int
    #: Cover name -> sha256 of its decoded pixels, checked whenever it is read.
    pixels: Mapping[str, str] = field(default_factory=dict)
    size: int | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class Kind:
    """A kind of source: terms of use, the publication to cite, how to get it without a download, its files."""

    licence: str
    citation: str
    manual: str
    layout: str
    #: Whether config.yaml names an archive or folder.
    path: Literal["none", "optional", "required"]
    #: The download.
    archive: Archive | None = None
    #: Name of the competition on Kaggle, whose files users get who accepted its rules.
    competition: str | None = None
    #: Approximate bytes on disk of the download, while it is unpacked.
    room: int = 0
    #: Embedder -> folder of its stegos, if it holds pairs that were embedded elsewhere.
    stego_folders: Mapping[str, str] = field(default_factory=dict)


KINDS: Mapping[str, Kind] = {
    "sample": Kind(
        licence="those of the images inside scikit-image, scikit-learn and pydicom, as these packages state them",
        citation="the packages scikit-image, scikit-learn and pydicom",
        manual="nothing to do: the images are part of installed packages",
        layout="tiles of photographs and clinical images",
        path="none",
    ),
    "bossbase": Kind(
        licence="none stated; distributed for research by DDE Lab, Binghamton University",
        citation='P. Bas, T. Filler, T. Pevny, "Break our steganographic system", Information Hiding 2011',
        manual="ask colleagues for BOSSbase_1.01.zip, or search the hosts of DDE Lab and of CTU Prague for it",
        layout="BOSSbase_1.01/N.pgm, N = 1 to 10000, 512x512, 8 bits",
        path="optional",
        room=1_700_000_000,
        archive=Archive(
            file="BOSSbase_1.01.zip",
            urls=(
                "https://dde.binghamton.edu/download/ImageDB/BOSSbase_1.01.zip",
                "http://agents.fel.cvut.cz/stegodata/BossBase-1.01-cover.tar.bz2",
            ),
            count=10_000,
            side=512,
            pixels={
                "1": "cc1c821f9f880c6f253c6327b60af3d2f15d5ebab4b283f19ecd318388c706ef",
                "10": "96398fb602c5f67facd1b808f1f732505bd3ba1a87efab0fa1c5f7b76bec7f47",
                "1013": "96ba67e04ac085189bce3394d8d5089acbd0d76886b5a5c28208f1840c6ef65f",
            },
        ),
    ),
    "bows2": Kind(
        licence="none stated; distributed for research by the BOWS-2 contest",
        citation='P. Bas, T. Furon, "Break our watermarking system, 2nd edition", 2007',
        manual="ask colleagues for BOWS2OrigEp3.tgz",
        layout="10,000 files .pgm, 512x512, 8 bits",
        path="optional",
        room=1_700_000_000,
        archive=Archive(
            file="BOWS2OrigEp3.tgz",
            urls=(
                "http://bows2.ec-lille.fr/BOWS2OrigEp3.tgz",
                "https://web.archive.org/web/20130510185330/http://bows2.ec-lille.fr/BOWS2OrigEp3.tgz",
            ),
            count=10_000,
            side=512,
        ),
    ),
    "alaska2": Kind(
        licence="CC BY-NC-ND 4.0",
        citation=(
            'R. Cogranne, Q. Giboulot, P. Bas, "ALASKA#2: challenging academic research on steganalysis", WIFS 2020'
        ),
        manual="accept the rules of the competition on kaggle.com and download its zip (32 GB) by browser",
        layout="Cover, JMiPOD, JUNIWARD, UERD, each of ID.jpg, 75,000 IDs from 1 to 80005 with gaps",
        path="optional",
        competition="alaska2-image-steganalysis",
        room=64_000_000_000,
        stego_folders={"jmipod": "JMiPOD", "juniward": "JUNIWARD", "uerd": "UERD"},
    ),
    "folder": Kind(
        licence="that of your images",
        citation="that of your images",
        manual="name a folder or an archive under `path`",
        layout="images of any size, in folders of any depth",
        path="required",
    ),
}

#: Images that stay in one split: see `stegdata.sources.opened`.
GROUPS = ("file", "folder", "prefix", "patient")
