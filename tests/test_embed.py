"""`embedders`: the registry, `cost`, `embed`, and the pins that hold every embedder to its version."""

import hashlib
import math
from functools import partial

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from marks import needs_kernels
from naive_jpeg import reference
from pictures import crop, noise, quantized
from PIL import Image
from processes import run_python
from refusals import message_of

import embedders
from embedders import EMBEDDERS, EmbedderError, simulate, spatial

PAYLOAD = 0.4
SPATIAL = [name for name, embedder in EMBEDDERS.items() if embedder.domain == "spatial"]
every_spatial = pytest.mark.parametrize("name", SPATIAL)
#: One cost for +1 and -1, with a twin in tests/naive.py; the others' are in tests/test_more_embedders.py.
with_twins = pytest.mark.parametrize("name", ["suniward", "wow"])
ENDS = np.random.default_rng(0).choice(np.array([0, 255], np.uint8), (16, 16))
SIDES = st.integers(2, 9)
TINY = arrays(np.uint8, st.tuples(SIDES, SIDES))
NOISE = st.builds(noise, SIDES, SIDES, seed=st.integers(0))

#: name -> (version, sha256 of the stego that `stego_of_the_pin` makes). A line for every embedder.
PINS = {
    "suniward": (1, "6c6e73de844887c2c79c4de0b8cd10ee4b8c0365b4611c43188fc12c752a42dc"),
    "wow": (1, "92309f072331e4af7ce391f79d903cce03cffe84bb4b79512ff4603d50fae2aa"),
    "juniward": (1, "c1d864a9fe769736da8bdad0479e9620d3bd162db55a60e43256c016f5123486"),
    "juniward-original": (1, "29a04c7c05deb2d5433863c564543d68de095195186107caebaf3659dd3c658b"),
    "uerd": (1, "47e91edd8edbfbf265493514b7cb34f8ba291b879ed65df6f97298aeafe07578"),
    "jmipod": (1, "3d08da38e96ab9ba6023b21e9b358bf4978921aba7833002a21a1b806c628e50"),
    "hill": (1, "1584a26274e798bd75e306903992a4a34a5503e5b0607207313c092b73668809"),
    "mipod": (1, "2ed92d70cd4e45823ff9e14c6ba3245d472e3e9b127eb155ad30dc8ccee2798c"),
    "hugo": (1, "39817ba4e69f25d7463f41eae986d6ec28d98a01f163ba35644e1399775f61a0"),
    "lsbm": (1, "c53b765f57d9fb1987b692381b10639033f3855a21054517c9af1d96bff0e876"),
    "lsbm-binary": (1, "80aad8c3c6369cef8105fc4d27517133f8bcbc28cd57058f7f7b64f5fa1f10eb"),
    "nsf5": (1, "3e431feea2dcd62bb844c7a4131f08e102956369d57536960c8e56ef03098d06"),
    "ued": (1, "bbb27a3c024c459364d7384febf82991b08e7a0537200b91e049b7b475c0a59b"),
    "ebs": (1, "a813294867c7c9a4633580743afb5a05ca1d93a0f049b8c9a433047b7561e19a"),
}


#: (call, ...) -> what it says that refuses.
refusal = partial(message_of, EmbedderError)


# ---------------------------------------------------------------------------------------------- registry, versions


def stego_of_the_pin(name):
    cover = (crop(32, 32),) if EMBEDDERS[name].domain == "spatial" else quantized(crop(32, 32))
    return embedders.embed(name, *cover, payload=PAYLOAD, seed=20240229).stego


@pytest.mark.parametrize("name", EMBEDDERS)
def test_version_is_raised_when_the_stego_changes(name):
    version = EMBEDDERS[name].version
    digest = hashlib.sha256(stego_of_the_pin(name).astype("<i2").tobytes()).hexdigest()
    line = f'"{name}": ({version}, "{digest}"),'
    assert name in PINS, f"embedder {name!r} has no pin: add to PINS in tests/test_embed.py\n    {line}"
    pinned_version, pinned_digest = PINS[name]
    if digest != pinned_digest and version == pinned_version:
        pytest.fail(
            f"{name} makes another stego, and its version is still {version}: finished shards would not be made again. "
            f"If the change is meant, raise the version in embedders/registry.py, run this again and pin what it prints"
        )
    assert (version, digest) == (pinned_version, pinned_digest), f"pin the new version in PINS:\n    {line}"


def test_pins_name_embedders_only():
    assert set(PINS) <= set(EMBEDDERS), f"PINS holds {sorted(set(PINS) - set(EMBEDDERS))}, which no longer exist"


@pytest.mark.parametrize("name", EMBEDDERS)
def test_registry(name):
    embedder = EMBEDDERS[name]
    assert embedder.name == name and embedder.version >= 1 and len(embedder.citation) > 20
    assert (embedder.domain, embedder.unit) in {("spatial", "bpp"), ("jpeg", "bpnzAC")}


def test_registry_cannot_be_changed():
    with pytest.raises(TypeError):
        EMBEDDERS["lsb"] = None
    with pytest.raises(AttributeError):
        EMBEDDERS["wow"].version = 2


def test_importing_loads_neither_numba_nor_scipy():
    code = (
        "import sys, embedders; embedders.EMBEDDERS['wow'].version; "
        "print([m for m in ('numba', 'scipy', 'conseal', 'tensorflow') if m in sys.modules])"
    )
    assert run_python(code).stdout.strip() == "[]"


def test_modules_load_on_first_use():
    code = "import embedders; print(embedders.simulate.__name__, embedders.wow.__name__)"
    assert run_python(code).stdout.split() == ["embedders.simulate", "embedders.wow"]
    with pytest.raises(AttributeError, match="No embedders attribute lsb"):
        _ = embedders.lsb


# ---------------------------------------------------------------------------------------------- embedding


@with_twins
def test_embedding_is_cost_lambda_draw(name):
    """The whole chain against the plain loops, with some pixels that can move one way only."""
    cover = crop(12, 14)
    cover[2, 3:6], cover[7, 1:5] = 0, 255
    rho = getattr(naive, name)(cover)
    rho_p1, rho_m1 = np.where(cover == 255, math.inf, rho), np.where(cover == 0, math.inf, rho)
    lam = naive.find_lambda(rho_p1, rho_m1, round(PAYLOAD * cover.size))
    uniform = np.random.Generator(np.random.PCG64(7)).random(cover.shape)
    changes = naive.draw(*naive.probabilities(rho_p1, rho_m1, lam), uniform)
    embedding = embedders.embed(name, cover, payload=PAYLOAD, seed=7)
    assert np.array_equal(embedding.stego, cover + changes)
    assert embedding.lam == pytest.approx(lam, rel=1e-7)
    assert embedding.change_rate == np.count_nonzero(changes) / cover.size
    assert embedding.message_bits == 67
    assert embedding.entropy_bits == pytest.approx(67, rel=1e-9)


@every_spatial
@settings(max_examples=settings.default.max_examples // 4)
@given(cover=TINY | NOISE, payload=st.floats(0.05, 1.0), seed=st.integers(0, 2**128 - 1))
def test_stego_differs_by_at_most_one(name, cover, payload, seed):
    before = cover.copy()
    try:
        embedding = embedders.embed(name, cover, payload=payload, seed=seed)
    except EmbedderError as error:
        allowed = ("wet", "capacity", "no bit at all", "changed none")
        assert any(words in str(error) for words in allowed), error
        return
    stego = embedding.stego
    assert np.array_equal(cover, before) and not np.shares_memory(cover, stego)
    assert stego.dtype == cover.dtype and stego.shape == cover.shape
    difference = stego.astype(int) - cover  # a pixel that left 0..255 would have gone round: a difference of 255
    assert np.abs(difference).max() == 1
    assert embedding.change_rate == np.count_nonzero(difference) / cover.size
    assert embedding.message_bits == round(payload * cover.size)
    assert embedding.entropy_bits == pytest.approx(embedding.message_bits, rel=1e-6)
    again = embedders.embed(name, cover, payload=payload, seed=seed)
    assert np.array_equal(again.stego, stego) and again.lam == embedding.lam


@every_spatial
def test_another_seed_makes_another_stego(name):
    cover = crop(24, 24)
    seeds = [simulate.stego_seed(1, name, 1, PAYLOAD, cover_name) for cover_name in ("1.pgm", "2.pgm")]
    one, other = (embedders.embed(name, cover, payload=PAYLOAD, seed=seed) for seed in seeds)
    assert not np.array_equal(one.stego, other.stego) and one.lam == other.lam


@needs_kernels
@every_spatial
def test_change_rate_tracks_the_probabilities(name):
    cover = crop(40, 40)
    changed = sum(embedders.change_probabilities(name, cover, payload=PAYLOAD))
    rates = [embedders.embed(name, cover, payload=PAYLOAD, seed=seed).change_rate for seed in range(10)]
    deviation = math.sqrt((changed * (1 - changed)).sum() / len(rates)) / cover.size
    assert np.mean(rates) == pytest.approx(changed.mean(), abs=4 * deviation)
    assert np.std(rates) > 0


@every_spatial
def test_order_in_memory_does_not_matter(name):
    cover = crop(20, 30)
    p_p1, _ = embedders.change_probabilities(name, cover, payload=PAYLOAD)
    stego = embedders.embed(name, cover, payload=PAYLOAD, seed=1).stego
    wide = np.zeros((20, 60), np.uint8)
    wide[:, ::2] = cover
    read_only = cover.copy()
    read_only.flags.writeable = False
    for same in (np.asfortranarray(cover), wide[:, ::2], cover[::-1].copy()[::-1], read_only):
        assert np.array_equal(embedders.change_probabilities(name, same, payload=PAYLOAD)[0], p_p1)
        assert np.array_equal(embedders.embed(name, same, payload=PAYLOAD, seed=1).stego, stego)


def test_black_and_white_cover_moves_inwards_only():
    stego = embedders.embed("suniward", ENDS, payload=0.9, seed=1).stego
    assert set(np.unique(stego[ENDS == 0])) == {0, 1} and set(np.unique(stego[ENDS == 255])) == {254, 255}


# ---------------------------------------------------------------------------------------------- refusals


@every_spatial
@pytest.mark.parametrize("payload", [math.nan, 0, 0.0, -0.4, math.inf, -math.inf, "0.4", None])
def test_payload_that_is_no_positive_number(name, payload):
    text = refusal(embedders.embed, name, crop(16, 16), payload=payload, seed=1)
    assert "expected a positive number of bpp" in text and f"got {payload!r}" in text


@pytest.mark.parametrize(
    ("name", "cover", "payload", "words"),
    [
        ("wow", crop(16, 16), 1.6, ("message of 410 bits", "capacity of 405 bits")),  # 256 log2(3) = 405.75
        ("suniward", ENDS, 1.2, ("message of 307 bits", "capacity of 256 bits")),  # each pixel moves one way only
        ("suniward", crop(16, 16), 0.001, ("0.001 bpp", "256 such elements")),
        ("suniward", np.array([[7]], np.uint8), 1.0, ("message of 1 bits changed none of 1 elements",)),
        ("wow", np.full((16, 16), 128, np.uint8), PAYLOAD, ("all 256 elements are wet",)),
    ],
)
def test_a_message_that_does_not_fit_names_the_numbers(name, cover, payload, words):
    message = refusal(embedders.embed, name, cover, payload=payload, seed=1)
    assert all(word in message for word in words), message


@every_spatial
@pytest.mark.parametrize(
    ("cover", "got"),
    [
        (np.zeros((16, 16, 3), np.uint8), "got uint8 [16, 16, 3]"),
        (np.zeros(16, np.uint8), "got uint8 [16]"),
        (np.zeros((16, 16)), "got float64 [16, 16]"),
        (np.zeros((16, 16), np.int16), "got int16 [16, 16]"),
        (np.zeros((16, 16), bool), "got bool [16, 16]"),
        (np.zeros((0, 16), np.uint8), "got [0, 16]"),
        (np.zeros((16, 0), np.uint8), "got [16, 0]"),
    ],
)
def test_cover_of_the_wrong_kind(name, cover, got):
    for text in (refusal(embedders.cost, name, cover), refusal(embedders.embed, name, cover, payload=0.4, seed=1)):
        assert text.startswith("cover: expected") and got in text


def test_unknown_embedder_names_those_there_are():
    for text in (refusal(embedders.cost, "hugoo", crop(8, 8)), refusal(embedders.embed, "", 0, payload=0.4, seed=1)):
        assert text.startswith(f"embedder: expected one of {', '.join(EMBEDDERS)}, got")
    assert "got 'hugoo'" in refusal(embedders.cost, "hugoo", crop(8, 8))


# ---------------------------------------------------------------------------------------------- outside oracles


@needs_kernels
@pytest.mark.parametrize("name", ["suniward", "wow"])
@pytest.mark.parametrize("i", [1, 2, 3, 4])
def test_reference_stego(name, i):
    """Stegos of the authors' Matlab code: MT19937, column by column; its lambda is up to 4e-4 off."""
    file, seed = (f"seal{i}_alpha_0.4_seed_{i}.png", i) if name == "suniward" else (f"seal{i}.png", 139187)
    cover = np.array(Image.open(reference("cover") / f"seal{i}.png"))
    expected = np.array(Image.open(reference(name) / file)).astype(int) - cover
    costs = spatial.wet(cover, embedders.cost(name, cover))
    lam = simulate.find_lambda(*costs, round(PAYLOAD * cover.size))
    p_p1, p_m1 = simulate.change_probabilities(*costs, lam)
    uniform = np.random.RandomState(seed).random_sample(cover.size).reshape(cover.shape, order="F")
    differs = simulate.draw_changes(p_p1, p_m1, uniform) != expected
    margin = np.minimum(np.abs(uniform - p_p1), np.abs(uniform - p_p1 - p_m1))
    assert np.count_nonzero(differs) < 0.005 * np.count_nonzero(expected)
    assert (margin[differs] < 1e-3).all()
