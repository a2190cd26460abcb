"""Messages that are really embedded: syndrome-trellis codes on arrays of elements and of costs."""

from embedders.coding.layers import Code, Coded, embed_bits, extract_bits
from embedders.coding.messages import capacity, embed_message, extract_message
from embedders.coding.random import coding_loss, embed_random

__all__ = [
    "Code",
    "Coded",
    "capacity",
    "coding_loss",
    "embed_bits",
    "embed_message",
    "embed_random",
    "extract_bits",
    "extract_message",
]
