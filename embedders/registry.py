"""The embedders by name, known without loading Numba."""

from types import MappingProxyType

from embedders.interface import Embedder

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

#: name -> Embedder, known without loading Numba.
EMBEDDERS = MappingProxyType(
    {
        embedder.name: embedder
        for embedder in (
            Embedder("suniward", "spatial", "bpp", 1, _UNIWARD),
            Embedder("wow", "spatial", "bpp", 1, _WOW),
            Embedder("juniward", "jpeg", "bpnzAC", 1, _UNIWARD),
            Embedder("juniward-original", "jpeg", "bpnzAC", 1, _UNIWARD),
            Embedder("uerd", "jpeg", "bpnzAC", 1, _UERD),
            Embedder("jmipod", "jpeg", "bpnzAC", 1, _JMIPOD),
        )
    }
)
