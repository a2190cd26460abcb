"""Bytes in covers under a passphrase: encrypted, with a header that is itself hidden and looks random.

Format 1. SHA-256 of the passphrase orders the elements. The first of them, a share that `SHARES` lists, carry 344 bits
in their lowest bits: a fresh salt of 16 bytes and an encrypted header. The others carry the encrypted message, in an
order that the key gives. Key and order come from scrypt (RFC 7914) of passphrase and salt. ChaCha20-Poly1305 (RFC
8439) encrypts and authenticates, with nonce 0 for the header and 1 for the message: the salt is fresh, so no key
serves twice. All embedded bits are uniform: without the cover, each trial of a passphrase takes scrypt. Covers of one
size have their headers in the same elements under one passphrase.
"""

import hashlib
import math
import secrets
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

import embedders
from embedders import elementary
from embedders.coding.columns import IntArray, permutation
from embedders.coding.layers import Code, Coded, FloatArray, embed_bits, extract_bits
from embedders.interface import EmbedderError

VERSION = 1
SALT = 16
#: Version, height, attempt, lengths in the two layers, in network order.
HEADER = struct.Struct("!BBBII")
TAG = 16
HEADER_BITS = 8 * (SALT + HEADER.size + TAG)
#: The header's code, which no header tells.
HEADER_CODE = Code((0, HEADER_BITS), 10, 0)
#: The header takes one element of so many: the first share with enough elements that can change. Receivers try all.
SHARES = (32, 8, 2)
#: Elements that can change for each bit of the header.
ENOUGH = 4
#: scrypt's parameters: 32 MiB, a tenth of a second.
SCRYPT = {"n": 1 << 15, "r": 8, "p": 1, "maxmem": 1 << 26}
#: Salts that are tried where wet elements leave the header without a solution.
SALTS = 4
#: Share of the capacity of the costs that codes reach.
CAPACITY = 0.8
#: Embedders whose changes are binary: their sign carries nothing.
BINARY = ("ebs", "lsbm-binary")


def embed_message(
    name: str,
    cover: NDArray[Any],
    *quantization_table: NDArray[Any],
    message: bytes,
    passphrase: bytes,
    height: int = 10,
) -> Coded:
    """Encrypt a message and embed it.

    Parameters
    ----------
    name, cover, *quantization_table
        As for `embedders.embed`.
    message : bytes
        Of any length that fits; 59 bytes more are embedded.
    passphrase : bytes
        Not empty.
    height : int
        As for `embed_bits`.

    Returns
    -------
    Coded
        The stego, and the code of the message, which the header holds too. No two are alike: the salt is fresh.

    Raises
    ------
    EmbedderError
        As `embedders.costs`, but not for embedders without costs; an empty passphrase; a cover of fewer than 688
        elements; a message that does not fit.

    Examples
    --------
    >>> cover = np.random.default_rng(1).integers(0, 256, (64, 64), np.uint8)
    >>> stego = embed_message("hill", cover, message=b"at noon", passphrase=b"swordfish").stego
    >>> extract_message(stego, passphrase=b"swordfish")
    b'at noon'
    """
    order, sizes = _order(np.size(cover), passphrase)
    up, down = costs_of(name, cover, quantization_table, HEADER_BITS + 8 * (len(message) + TAG))
    x, up, down = (array.reshape(-1)[order] for array in (cover, up, down))
    can_change = np.cumsum(np.isfinite(np.minimum(up, down)))
    size = next((size for size in sizes if can_change[size - 1] >= ENOUGH * HEADER_BITS), sizes[-1])
    head, body = slice(size), slice(size, None)
    for _ in range(SALTS):
        salt = secrets.token_bytes(SALT)
        key, seed = _keys(passphrase, salt)
        bits = _bits(_encrypt(key, 1, message))
        coded = embed_bits(x[body], up[body], down[body], bits, key=seed, height=height, binary=name in BINARY)
        header = HEADER.pack(VERSION, height, coded.code.attempt, *coded.code.lengths)
        bits = _bits(salt + _encrypt(key, 0, header))
        coded_header = embed_bits(x[head], up[head], down[head], bits, key=0, height=HEADER_CODE.height, binary=True)
        if coded_header.code == HEADER_CODE:
            break
    else:
        raise EmbedderError(f"header: expected a solution for one of {SALTS} salts, got none: use a larger cover")
    flat = np.empty(order.size, cover.dtype)
    flat[order[head]], flat[order[body]] = coded_header.stego, coded.stego
    stego = flat.reshape(cover.shape)
    if extract_message(stego, passphrase=passphrase) != message:
        raise AssertionError("the message cannot be read back: a fault of embedders.coding")
    changes, distortion = coded.changes + coded_header.changes, coded.distortion + coded_header.distortion
    return Coded(stego, coded.code, changes, distortion)


def capacity(name: str, cover: NDArray[Any], *quantization_table: NDArray[Any], payload: float) -> int:
    """Return the bytes of a message that `embed_message` hides at a payload, or at the capacity where that is less.

    Parameters
    ----------
    name, cover, *quantization_table, payload
        As for `embedders.embed`.

    Raises
    ------
    EmbedderError
        As `embed_message`, but for the message; a payload that is not positive and finite.
    """
    if not (math.isfinite(payload) and payload > 0):
        raise EmbedderError(f"payload: expected a positive number, got {payload}")
    domain = embedders.EMBEDDERS[name].domain
    bits = payload * domain.elements(domain.check(cover, *quantization_table))
    limit = CAPACITY * embedders.simulate.capacity(*costs_of(name, cover, quantization_table, max(1, int(bits / 2))))
    return max(0, int(min(bits, limit) - HEADER_BITS) // 8 - TAG)


def extract_message(stego: NDArray[Any], *, passphrase: bytes) -> bytes:
    """Return the message of a stego; the embedder need not be known.

    Parameters
    ----------
    stego : numpy.ndarray
        Pixels or quantized coefficients, as `embed_message` returned them.
    passphrase : bytes
        As of `embed_message`.

    Returns
    -------
    bytes
        The message, authenticated.

    Raises
    ------
    EmbedderError
        Another passphrase, a cover, a stego that was changed, or a later format.
    """
    order, sizes = _order(np.size(stego), passphrase)
    x = stego.reshape(-1)[order]
    for size in sizes:
        data = _bytes(extract_bits(x[:size], HEADER_CODE, key=0))
        key, seed = _keys(passphrase, data[:SALT])
        header = _decrypt(key, 0, data[SALT:])
        if header is not None:
            break
    else:
        raise EmbedderError("stego: expected a message under this passphrase, got none: it is another, or a cover")
    version, height, attempt, second, first = HEADER.unpack(header)
    if version != VERSION:
        raise EmbedderError(f"stego: expected format {VERSION}, got {version}: use a later release")
    message = _decrypt(key, 1, _bytes(extract_bits(x[size:], Code((second, first), height, attempt), key=seed)))
    if message is None:
        raise EmbedderError("stego: expected the message that its header describes, got a damaged one")
    return message


def _order(elements: int, passphrase: bytes) -> tuple[IntArray, list[int]]:
    """Order of elements, the header's first, and numbers of elements that the header can have."""
    if not passphrase:
        raise EmbedderError("passphrase: expected one or more bytes, got none")
    sizes = [elements // share for share in SHARES if elements // share >= HEADER_BITS]
    if not sizes:
        least = HEADER_BITS * SHARES[-1]
        raise EmbedderError(f"cover: expected {least} elements or more for a header, got {elements}")
    return permutation(elements, int.from_bytes(hashlib.sha256(passphrase).digest()[:16], "big")), sizes


def costs_of(
    name: str, cover: NDArray[Any], quantization_table: tuple[NDArray[Any], ...], bits: int
) -> tuple[FloatArray, FloatArray]:
    """Return costs of an embedder; of one without, those of its probabilities at these bits, with lambda = 1."""
    try:
        return embedders.costs(name, cover, *quantization_table)
    except EmbedderError:
        if name not in embedders.EMBEDDERS:
            raise
    # without costs; whatever else was wrong is so here too
    domain = embedders.EMBEDDERS[name].domain
    payload = bits / max(1, domain.elements(domain.check(cover, *quantization_table)))
    probabilities = embedders.change_probabilities(name, cover, *quantization_table, payload=payload)
    kept = 1 - probabilities[0] - probabilities[1]
    up, down = np.full((2, *kept.shape), math.inf)
    for rho, p in zip((up, down), probabilities, strict=True):
        rho[p > 0] = np.maximum(elementary.log(kept[p > 0] / p[p > 0]), 0)
    return up, down


def _keys(passphrase: bytes, salt: bytes) -> tuple[bytes, int]:
    """Key of the cipher, and key of the order of the message's elements."""
    derived = hashlib.scrypt(passphrase, salt=salt, dklen=48, **SCRYPT)
    return derived[:32], int.from_bytes(derived[32:], "big")


# cryptography is loaded on first use: planning and arrays of bits need none of it


def _encrypt(key: bytes, nonce: int, data: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import aead

    return aead.ChaCha20Poly1305(key).encrypt(nonce.to_bytes(12, "big"), data, None)


def _decrypt(key: bytes, nonce: int, data: bytes) -> bytes | None:
    """What was encrypted, None where the tag does not agree."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers import aead

    try:
        return aead.ChaCha20Poly1305(key).decrypt(nonce.to_bytes(12, "big"), data, None)
    except InvalidTag:
        return None


def _bits(data: bytes) -> NDArray[np.uint8]:
    return np.unpackbits(np.frombuffer(data, np.uint8))


def _bytes(bits: NDArray[np.uint8]) -> bytes:
    return np.packbits(bits).tobytes()
