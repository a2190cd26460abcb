"""Decompression of a plane of quantized DCT coefficients, and the checks that every JPEG embedder begins with."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embedders import _kernels_dct
from embedders.interface import EmbedderError

#: Orthonormal 8-point DCT: row k is the vector of frequency k.
DCT: NDArray[np.float64] = np.array(
    [[np.sqrt((2 if k else 1) / 8) * np.cos(np.pi * k * (2 * n + 1) / 16) for n in range(8)] for k in range(8)]
)


def check_plane(coefficients: ArrayLike, quantization_table: ArrayLike) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Check a plane of quantized DCT coefficients and its table, and give them the form that kernels take.

    Parameters
    ----------
    coefficients : int [height, width]
        8x8 blocks in place; height and width are multiples of 8.
    quantization_table : int [8, 8]
        Quantization steps in row-major order of frequencies, 1 to 65535.

    Returns
    -------
    coefficients, quantization_table : int32 [height, width] and int64 [8, 8]
        C-contiguous.
    """
    plane, table = np.asarray(coefficients), np.asarray(quantization_table)
    if plane.ndim != 2 or 0 in plane.shape or plane.shape[0] % 8 or plane.shape[1] % 8:
        raise EmbedderError(
            f"coefficients: expected a plane [height, width] of whole 8x8 blocks, got shape {list(plane.shape)}: "
            "pass one component as the JPEG stores it, padding blocks included"
        )
    if plane.dtype.kind not in "iu":
        raise EmbedderError(
            f"coefficients: expected integers, got {plane.dtype}: pass quantized coefficients, neither scaled nor float"
        )
    low, high = int(plane.min()), int(plane.max())
    if low < -32768 or high > 32767:
        raise EmbedderError(
            f"coefficients: expected values that fit 16 bits, got {low} to {high}: pass quantized coefficients"
        )
    if table.shape != (8, 8) or table.dtype.kind not in "iu":
        raise EmbedderError(
            f"quantization_table: expected integers [8, 8], got {table.dtype} {list(table.shape)}: "
            "pass the component's table, one step a frequency, row by row"
        )
    if table.min() < 1 or table.max() > 65535:
        raise EmbedderError(
            f"quantization_table: expected steps from 1 to 65535, got {table.min()} to {table.max()}: "
            "read the table from the file again"
        )
    return np.ascontiguousarray(plane, np.int32), np.ascontiguousarray(table, np.int64)


def decode(coefficients: ArrayLike, quantization_table: ArrayLike) -> NDArray[np.uint8]:
    """Decompress to the 8-bit pixels that libjpeg-turbo gives, bit for bit.

    The default ("islow") integer inverse DCT of libjpeg, with 16-bit registers as libjpeg-turbo's vector code has
    them on x86: the two differ only for levels no photograph has (|level| x step near 2^15), where plain C wraps.

    Parameters
    ----------
    coefficients : int [height, width]
        Quantized DCT coefficients, 8x8 blocks in place.
    quantization_table : int [8, 8]
        Quantization steps in row-major order of frequencies.

    Returns
    -------
    uint8 [height, width]

    Source: Loeffler, Ligtenberg, Moschytz: Practical fast 1-D DCT algorithms with 11 multiplications. ICASSP 1989,
    figure 1.
    """
    return _kernels_dct.decode_islow(*check_plane(coefficients, quantization_table))


def decode_float(coefficients: ArrayLike, quantization_table: ArrayLike) -> NDArray[np.float64]:
    """Decompress to real-valued pixels, neither rounded nor clipped: float64 [height, width]; arguments as `decode`."""
    plane, table = check_plane(coefficients, quantization_table)
    height, width = plane.shape
    dequantized = plane.reshape(height // 8, 8, width // 8, 8) * table[:, None, :].astype(np.float64)
    return _kernels_dct.transform_blocks(dequantized.reshape(height, width), DCT, DCT) + 128.0
