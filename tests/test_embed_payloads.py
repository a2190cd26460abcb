"""Several payloads of one cover in one call: the bits of a call for each."""

from dataclasses import astuple
from functools import partial

import numpy as np
import pytest
from marks import needs_kernels
from pictures import crop, quantized
from refusals import message_of

import embedders
from embedders import EMBEDDERS, EmbedderError

#: (call, ...) -> what it says that refuses.
refusal = partial(message_of, EmbedderError)
PAYLOADS = [0.5, 0.1, 0.4, 0.2]
SEEDS = [5, 1, 4, 2]


def cover_of(name, side=160):
    """160x160 is above the size from which lambda is looked for in a sample first."""
    return quantized(crop(side, side)) if EMBEDDERS[name].domain == "jpeg" else (crop(side, side),)


@needs_kernels
@pytest.mark.parametrize("name", EMBEDDERS)
def test_each_payload_gives_the_bits_of_a_call_of_its_own(name):
    cover = cover_of(name)
    made = embedders.embed_payloads(name, *cover, payloads=PAYLOADS, seeds=SEEDS)
    assert len({one.lam for one in made}) == len(PAYLOADS)
    for one, payload, seed in zip(made, PAYLOADS, SEEDS, strict=True):
        alone = embedders.embed(name, *cover, payload=payload, seed=seed)
        assert (one.stego == alone.stego).all() and one.stego.dtype == cover[0].dtype
        assert astuple(one)[1:] == astuple(alone)[1:]


def test_costs_are_computed_once(monkeypatch):
    calls, real = [], embedders.suniward.cost
    monkeypatch.setattr(embedders.suniward, "cost", lambda cover: calls.append(1) or real(cover))
    embedders.embed_payloads("suniward", crop(24, 24), payloads=PAYLOADS, seeds=SEEDS)
    assert calls == [1]


def test_no_payload_gives_no_stego():
    assert embedders.embed_payloads("suniward", crop(16, 16), payloads=[], seeds=[]) == []


@pytest.mark.parametrize(
    ("payloads", "seeds", "message"),
    [
        ([0.1, 0.2], [1], "seeds: expected one for each of 2 payloads, got 1"),
        ([0.1, 1.7], [1, 2], "above the capacity"),
        ([0.1, -1], [1, 2], "expected a positive number of bpp, got -1"),
        ([0.1, 1e-9], [1, 2], "is no bit at all"),
        ([0.1, 0.2], [1, -2], "seed: expected a whole number of zero or more, got -2"),
    ],
)
def test_one_that_is_refused_refuses_all(payloads, seeds, message):
    assert message in message_of(
        EmbedderError, embedders.embed_payloads, "suniward", crop(16, 16), payloads=payloads, seeds=seeds
    )


def test_an_unchanged_stego_refuses_all():
    text = message_of(
        EmbedderError,
        embedders.embed_payloads,
        "suniward",
        np.tile(np.arange(8, dtype=np.uint8) * 9, (8, 1)),
        payloads=[0.5, 0.02],
        seeds=[1, 1],
    )
    assert "changed none of 64 elements" in text
