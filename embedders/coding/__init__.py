"""Messages that are really embedded: syndrome-trellis codes on arrays of elements and of costs."""

from embedders.coding.layers import Code, Coded, embed_bits, extract_bits

__all__ = ["Code", "Coded", "embed_bits", "extract_bits"]
