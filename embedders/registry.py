"""The embedders by name, with the functions that each is made of, known without loading Numba."""

from types import MappingProxyType

from embedders.domains import Domain
from embedders.interface import Embedder, EmbedderError

_UNIWARD = (
    'V. Holub, J. Fridrich, T. Denemark, "Universal distortion function for steganography in an arbitrary domain", '
    "EURASIP Journal on Information Security 2014:1"
)

_WOW = 'V. Holub, J. Fridrich, "Designing steganographic distortion using directional filters", IEEE WIFS 2012'
_UERD = (
    'L. Guo, J. Ni, W. Su, C. Tang, Y.-Q. Shi, "Using statistical image model for JPEG steganography: uniform '
    'embedding revisited", IEEE TIFS 10(12), 2015'
)
_JMIPOD = (
    'R. Cogranne, Q. Giboulot, P. Bas, "Steganography by minimizing statistical detectability: the cases of JPEG and '
    'color images", IH&MMSec 2020'
)
_HILL = 'B. Li, M. Wang, J. Huang, X. Li, "A new cost function for spatial image steganography", IEEE ICIP 2014'
_MIPOD = (
    'V. Sedighi, R. Cogranne, J. Fridrich, "Content-adaptive steganography by minimizing statistical detectability", '
    "IEEE TIFS 11(2), 2016"
)
_HUGO = (
    'T. Pevny, T. Filler, P. Bas, "Using high-dimensional image models to perform highly undetectable steganography", '
    "IH 2010"
)
_LSBM = 'A. Ker, "Steganalysis of LSB matching in grayscale images", IEEE Signal Processing Letters 12(6), 2005'
_NSF5 = (
    'J. Fridrich, T. Pevny, J. Kodovsky, "Statistically undetectable JPEG steganography: dead ends, challenges, and '
    'opportunities", MM&Sec 2007'
)
_UED = 'L. Guo, J. Ni, Y.-Q. Shi, "Uniform embedding for efficient JPEG steganography", IEEE TIFS 9(5), 2014'
_EBS = (
    'C. Wang, J. Ni, "An efficient JPEG steganographic scheme based on the block entropy of DCT coefficients", IEEE '
    "ICASSP 2012"
)

_FISHER = "embedders.{}.fisher_information"
_EMBEDDERS = {
    embedder.name: embedder
    for embedder in (
        Embedder("suniward", Domain.SPATIAL, 1, _UNIWARD, "suniward.cost"),
        Embedder("wow", Domain.SPATIAL, 1, _WOW, "wow.cost"),
        Embedder("hill", Domain.SPATIAL, 1, _HILL, "hill.cost"),
        Embedder("mipod", Domain.SPATIAL, 1, _MIPOD, None, "mipod.Pixels", _FISHER.format("mipod")),
        Embedder("hugo", Domain.SPATIAL, 1, _HUGO, "hugo.costs"),
        Embedder("lsbm", Domain.SPATIAL, 1, _LSBM, "lsbm.cost"),
        Embedder("lsbm-binary", Domain.SPATIAL, 1, _LSBM, None, "lsbm.Binary"),
        Embedder("juniward", Domain.JPEG, 1, _UNIWARD, "juniward.cost"),
        Embedder("juniward-original", Domain.JPEG, 1, _UNIWARD, "juniward.original_cost"),
        Embedder("uerd", Domain.JPEG, 1, _UERD, "uerd.cost"),
        Embedder("jmipod", Domain.JPEG, 1, _JMIPOD, None, "jmipod.simulator", _FISHER.format("jmipod")),
        Embedder("nsf5", Domain.JPEG, 1, _NSF5, None, "nsf5.NonShrinking"),
        Embedder("ued", Domain.JPEG, 1, _UED, "ued.costs"),
        Embedder("ebs", Domain.JPEG, 1, _EBS, "ebs.costs", "ebs.Binary"),
    )
}
BUILT_IN = frozenset(_EMBEDDERS)
#: name -> Embedder.
EMBEDDERS = MappingProxyType(_EMBEDDERS)


def register(embedder: Embedder) -> None:
    """Add an embedder of one's own, or replace one that was added; EmbedderError for the name of a built-in one."""
    if embedder.name in BUILT_IN:
        raise EmbedderError(
            f"{embedder.name}: expected a name of its own, got the name of a built-in embedder: rename yours"
        )
    _EMBEDDERS[embedder.name] = embedder
