"""Messages that are really embedded: syndrome-trellis codes on arrays of elements and of costs."""

from embedders.coding.layers import Code, Coded, embed_bits, extract_bits
from embedders.coding.messages import capacity, embed_message, extract_message

__all__ = ["Code", "Coded", "capacity", "embed_bits", "embed_message", "extract_bits", "extract_message"]
