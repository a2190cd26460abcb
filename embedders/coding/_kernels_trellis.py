"""Compiled loops of syndrome-trellis codes: cheapest path, path back, syndrome.

All sums are of float32 in a fixed order, so that a stego is the same bits on every processor. A step over all states
is written in vectors of eight (`relax`), which LLVM turns into instructions of the processor at hand: Numba's own
loops cannot permute states within a vector. A kernel gets checked arrays only.
"""

# mypy: disable-error-code="call-arg"
# an intrinsic's first parameter is not passed

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from embedders.kernel import kernel

LANES = 8
#: Elements between two subtractions of the least cost, which keeps sums small beside the precision of float32.
RESTART = 64
VECTOR = ir.VectorType(ir.FloatType(), LANES)


def pointer(context, builder, array_type, array, index, to):
    """Address of an element of an array, as that of another type."""
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), to.as_pointer())


def vectors(context, builder, signature, array):
    """Function of two indices that gives the address of eight costs, from their sum on; the array comes first."""

    def eight(start, first):
        return pointer(context, builder, signature.args[0], array, builder.add(start, first), VECTOR)

    return eight


def shuffle(builder, first, second, lanes):
    """Vector of these lanes of two vectors in a row."""
    return builder.shuffle_vector(first, second, ir.Constant(ir.VectorType(ir.IntType(32), LANES), lanes))


def is_set(builder, value, bit):
    """Whether a bit is set."""
    masked = builder.and_(value, ir.Constant(value.type, bit))
    return builder.icmp_unsigned("!=", masked, ir.Constant(value.type, 0))


@intrinsic
def relax(typing_context, states, old, new, at, column, cost, chosen, byte):
    """Compare, for eight states from `at` on, "element kept" with "element changed".

    new[s] = min(old[s], old[s ^ column] + cost); bit s of `chosen` says that the second is less.

    Parameters
    ----------
    states : float32 [2 states]
        Least costs before the element from `old` on, after it from `new` on.
    old, new : int
        0 and the number of states, or the reverse.
    at : int
        First of the eight, a multiple of 8.
    column : int
        Column of the element.
    cost : float32
        Finite.
    chosen : uint8 [bytes]
        Filled at `byte`, state `at` in the lowest bit.
    byte : int
    """

    def generate(context, builder, signature, arguments):
        array, old, new, at, column, cost, bits, byte = arguments
        eight = vectors(context, builder, signature, array)
        partner = builder.xor(at, builder.and_(column, ir.Constant(column.type, -LANES)))
        kept = builder.load(eight(old, at), align=4)
        changed = builder.load(eight(old, partner), align=4)
        for bit in (1, 2, 4):  # the same for all states: LLVM makes a loop of each case
            exchanged = shuffle(builder, changed, changed, [lane ^ bit for lane in range(LANES)])
            changed = builder.select(is_set(builder, column, bit), exchanged, changed)
        costs = ir.Constant(VECTOR, ir.Undefined)
        for lane in range(LANES):
            costs = builder.insert_element(costs, cost, ir.Constant(ir.IntType(32), lane))
        changed = builder.fadd(changed, costs)
        less = builder.fcmp_ordered("<", changed, kept)
        builder.store(builder.select(less, changed, kept), eight(new, at), align=4)
        to = pointer(context, builder, signature.args[6], bits, byte, ir.IntType(LANES))
        builder.store(builder.bitcast(less, ir.IntType(LANES)), to)
        return context.get_dummy_value()

    return types.void(states, *[types.intp] * 4, types.float32, chosen, types.intp), generate


@intrinsic
def halve(typing_context, states, old, new, at, bit):
    """Keep, for eight states from `at` on, those whose lowest bit was `bit`: new[s] = old[2 s + bit].

    Parameters as of `relax`; bit is 0 or 1.
    """

    def generate(context, builder, signature, arguments):
        array, old, new, at, bit = arguments
        eight = vectors(context, builder, signature, array)
        first = builder.shl(at, ir.Constant(at.type, 1))
        low = builder.load(eight(old, first), align=4)
        high = builder.load(eight(old, builder.add(first, ir.Constant(at.type, LANES))), align=4)
        even, odd = (shuffle(builder, low, high, [2 * lane + bit for lane in range(LANES)]) for bit in (0, 1))
        builder.store(builder.select(is_set(builder, bit, 1), odd, even), eight(new, at), align=4)
        return context.get_dummy_value()

    return types.void(states, *[types.intp] * 4), generate


@intrinsic
def lesser(typing_context, states, old, distance, new, at):
    """Write the lesser of each of eight costs from `old + at` on and those `distance` behind, to `new + at`."""

    def generate(context, builder, signature, arguments):
        array, old, distance, new, at = arguments
        eight = vectors(context, builder, signature, array)
        first = builder.load(eight(old, at), align=4)
        second = builder.load(eight(builder.add(old, distance), at), align=4)
        less = builder.fcmp_ordered("<", second, first)
        builder.store(builder.select(less, second, first), eight(new, at), align=4)
        return context.get_dummy_value()

    return types.void(states, *[types.intp] * 4), generate


@kernel("numpy")
def subtract_least(states, old, new, size):
    """Subtract the least of `size` costs from `old` on, False where all are `inf`; overwrite those from `new` on."""
    width = size // 2
    for at in range(0, width, LANES):
        lesser(states, old, width, new, at)
    while width > LANES:
        width //= 2
        for at in range(0, width, LANES):
            lesser(states, new, width, new, at)
    least = states[new : new + LANES].min()
    if least == np.inf:
        return False
    for s in range(old, old + size):
        states[s] -= least
    return True


@kernel("numpy")
def forward(cost, syndrome, columns, begin, end, states, chosen):
    """Take the least cost of every state over elements `begin` to `end` - 1; False where no state can be reached.

    Parameters
    ----------
    cost : float32 [n]
        Cost of changing each element, `inf` where wet.
    syndrome : uint8 [m]
        Bits that the changes must give; block j of elements ends at (j + 1) n // m.
    columns : int64 [2, n // m + 1]
        Columns of the narrow and of the wide blocks.
    begin, end : int
        Elements.
    states : float32 [2 states]
        The first half: least costs, before and after; states is 2^height or 16, whichever is more.
    chosen : uint8 [(end - begin) states / 8 or more]
        Filled for elements that are not wet: bit s of an element's bytes says that a change leads to state s.
    """
    n, m = cost.size, syndrome.size
    narrow = n // m
    size, half = states.size // 2, states.size // 4
    fresh = begin == 0
    old, new = 0, size
    block = ((begin + 1) * m - 1) // n
    start, stop = block * n // m, (block + 1) * n // m
    for i in range(begin, end):
        price = cost[i]
        if price < np.inf:
            column = columns[stop - start - narrow, i - start]
            byte = (i - begin) * (size // LANES)
            if fresh and column & half:  # all states with the highest bit are reached by a change: in place
                chosen[byte : byte + half // LANES] = 0
                for at in range(half, size, LANES):
                    relax(states, old, old, at, column, price, chosen, byte + at // LANES)
            else:
                for at in range(0, size, LANES):
                    relax(states, old, new, at, column, price, chosen, byte + at // LANES)
                old, new = new, old
            fresh = False
        if i + 1 == stop:
            bit = np.int64(syndrome[block])
            for at in range(0, half, LANES):
                halve(states, old, new, at, bit)
            states[new + half : new + size] = np.inf
            old, new = new, old
            fresh = True
            block += 1
            start, stop = stop, (block + 1) * n // m
        if i % RESTART == RESTART - 1 and not subtract_least(states, old, new, size):
            return False
    if old:
        states[:size] = states[size:]
    return states[:size].min() < np.inf


@kernel("numpy")
def backward(cost, syndrome, columns, row, begin, end, chosen, state, changes):
    """Follow the cheapest path from `state` after element `end` - 1; fill changes (uint8 [n]), return the state before.

    Other parameters as of `forward`, which filled `chosen`.
    """
    n, m = cost.size, syndrome.size
    narrow = n // m
    block = (end * m - 1) // n
    start, stop = block * n // m, (block + 1) * n // m
    for i in range(end - 1, begin - 1, -1):
        if i + 1 == stop:
            state = state << 1 | syndrome[block]
        if cost[i] < np.inf and chosen[(i - begin) * row + (state >> 3)] >> (state & 7) & 1:
            changes[i] = 1
            state ^= columns[stop - start - narrow, i - start]
        if i == start:
            block -= 1
            start, stop = block * n // m, start
    return state


@kernel()
def syndrome(bits, columns, out):
    """Fill out (uint8 [m]) with the bits that elements' bits (uint8 [n]) carry."""
    n, m = bits.size, out.size
    narrow = n // m
    register = 0
    start = 0
    for block in range(m):
        stop = (block + 1) * n // m
        for i in range(start, stop):
            if bits[i]:
                register ^= columns[stop - start - narrow, i - start]
        out[block] = register & 1
        register >>= 1
        start = stop
