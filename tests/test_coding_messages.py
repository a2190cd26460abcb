"""`embedders.coding.messages`: bytes under a passphrase, in every embedder's covers."""

import hashlib

import numpy as np
import pytest
from pictures import crop, noise, quantized

import embedders
from embedders import EmbedderError, coding
from embedders.coding import messages

pytest.importorskip("cryptography")

PASSPHRASE = b"correct horse"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setitem(messages.SCRYPT, "n", 16)


@pytest.fixture
def salts(monkeypatch):
    """Salts in a row, each the same in every run."""
    drawn = []

    def token_bytes(size):
        drawn.append(hashlib.sha256(bytes([len(drawn)])).digest()[:size])
        return drawn[-1]

    monkeypatch.setattr(messages.secrets, "token_bytes", token_bytes)
    return drawn


def embed(message=b"at noon", cover=None, name="lsbm", **options):
    return coding.embed_message(
        name, noise(48, 48) if cover is None else cover, message=message, passphrase=PASSPHRASE, **options
    )


def refusal(call, *arguments, **options):
    with pytest.raises(EmbedderError) as caught:
        call(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", list(embedders.EMBEDDERS))
def test_message_comes_back_from_every_embedder(name):
    pixels = crop(64, 64)
    cover = (pixels,) if embedders.EMBEDDERS[name].domain.suffix == ".pgm" else quantized(pixels)
    message = bytes(range(30))
    coded = coding.embed_message(name, *cover, message=message, passphrase=PASSPHRASE, height=7)
    assert coded.stego.dtype == cover[0].dtype and coded.stego.shape == cover[0].shape
    steps = coded.stego.astype(int) - cover[0]
    assert np.abs(steps).max() == 1 and np.count_nonzero(steps) == coded.changes
    assert coding.extract_message(coded.stego, passphrase=PASSPHRASE) == message
    assert coding.extract_message(np.asfortranarray(coded.stego), passphrase=PASSPHRASE) == message


@pytest.mark.parametrize("name, binary", [("ebs", True), ("lsbm-binary", True), ("nsf5", True), ("hill", False)])
def test_binary_embedders_use_one_layer(name, binary):
    pixels = crop(64, 64)
    cover = (pixels,) if embedders.EMBEDDERS[name].domain.suffix == ".pgm" else quantized(pixels)
    coded = coding.embed_message(name, *cover, message=b"m", passphrase=PASSPHRASE)
    assert (coded.code.lengths[0] == 0) == binary
    if name == "nsf5":
        assert (np.abs(coded.stego) <= np.abs(cover[0])).all()


@pytest.mark.parametrize("message", [b"", b"x", bytes(100)])
def test_any_length(message):
    assert coding.extract_message(embed(message).stego, passphrase=PASSPHRASE) == message


def test_wet_elements_never_change():
    """Saturated pixels, and coefficients of zero."""
    cover = noise(64, 64)
    cover[::2] = 255
    assert (embed(cover=cover).stego.astype(int) - cover).max(where=cover == 255, initial=-1) <= 0
    cover, table = quantized(crop(128, 128))
    coded = coding.embed_message("ued", cover, table, message=b"m", passphrase=PASSPHRASE)
    assert np.array_equal(coded.stego == 0, cover == 0)


def test_header_takes_as_many_elements_as_it_needs():
    """Of pixels a few, of coefficients that are mostly wet more."""
    _, sizes = messages._order(256 * 256, PASSPHRASE)
    assert sizes == [2048, 8192, 32768]
    table = quantized(crop(8, 8))[1]
    for share in (1, 4, 40):
        cover = np.zeros((256, 256), np.int16)
        cover[np.random.default_rng(1).random(cover.shape) < 1 / share] = 5
        stego = coding.embed_message("nsf5", cover, table, message=b"m", passphrase=PASSPHRASE).stego
        assert coding.extract_message(stego, passphrase=PASSPHRASE) == b"m"


def test_no_two_stegos_are_alike():
    first, second = embed().stego, embed().stego
    assert not np.array_equal(first, second)


def test_all_that_is_embedded_in_known_elements_looks_random():
    """Salt and header of one passphrase and one message, over and over."""
    order, sizes = messages._order(48 * 48, PASSPHRASE)
    head = order[: sizes[-1]]
    bits = [coding.extract_bits(embed().stego.reshape(-1)[head], messages.HEADER_CODE, key=0) for _ in range(200)]
    means = np.mean(bits, axis=0)
    assert np.abs(means - 0.5).max() < 4.5 * 0.5 / 200**0.5
    assert abs(means.mean() - 0.5) < 4 * 0.5 / (200 * messages.HEADER_BITS) ** 0.5


def test_format_is_pinned(salts):
    """A stego of this release is read by the next."""
    digest = hashlib.sha256(embed().stego.tobytes()).hexdigest()
    assert digest[:16] == "2822ad2dc88e785a"


def test_another_salt_where_the_header_has_no_solution(monkeypatch, salts):
    real, headers = messages.embed_bits, []

    def embed_bits(*arguments, **options):
        coded = real(*arguments, **options)
        if options["key"]:
            return coded
        headers.append(coded)
        number = len(headers) <= fail
        return coding.Coded(coded.stego, coded.code._replace(attempt=int(number)), coded.changes, coded.distortion)

    monkeypatch.setattr(messages, "embed_bits", embed_bits)
    fail = 2
    assert coding.extract_message(embed().stego, passphrase=PASSPHRASE) == b"at noon" and len(salts) == 3
    fail = 99
    assert "use a larger cover" in refusal(embed)


# ---------------------------------------------------------------------------------------------- refusals


def test_wrong_passphrase_and_covers_hold_no_message():
    assert "expected a message under this passphrase" in refusal(
        coding.extract_message, embed().stego, passphrase=b"wrong"
    )
    assert "expected a message under this passphrase" in refusal(
        coding.extract_message, noise(48, 48), passphrase=PASSPHRASE
    )


def test_changed_stegos_are_noticed():
    stego = embed().stego
    order, _ = messages._order(stego.size, PASSPHRASE)
    for elements, text in ((order[:100], "got none"), (order[-100:], "got a damaged one")):
        changed = stego.reshape(-1).copy()
        changed[elements] ^= 1
        assert text in refusal(coding.extract_message, changed.reshape(stego.shape), passphrase=PASSPHRASE)


def test_later_format(monkeypatch):
    monkeypatch.setattr(messages, "VERSION", 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(messages, "extract_message", lambda *_, **__: b"at noon")
        stego = embed().stego
    monkeypatch.setattr(messages, "VERSION", 1)
    assert "expected format 1, got 2" in refusal(coding.extract_message, stego, passphrase=PASSPHRASE)


@pytest.mark.parametrize(
    "options, text",
    [
        ({"cover": noise(20, 20)}, "cover: expected 688 elements or more"),
        ({"message": bytes(500)}, "above the capacity"),
        ({"name": "hugs"}, "embedder: expected one of"),
        ({"name": "hill", "cover": np.ones((48, 48))}, "cover: expected uint8"),
        ({"name": "nsf5", "cover": noise(48, 48)}, "quantization_table: expected"),
        ({"height": 13}, "height: expected 1 to 12"),
    ],
)
def test_refusals(options, text):
    assert text in refusal(embed, **options)


def test_no_passphrase():
    text = "passphrase: expected one or more bytes"
    assert text in refusal(coding.embed_message, "lsbm", noise(48, 48), message=b"m", passphrase=b"")
    assert text in refusal(coding.extract_message, noise(48, 48), passphrase=b"")


def test_scrypt_is_dear(monkeypatch):
    """The smallest memory that a trial of a passphrase takes: 128 N r."""
    monkeypatch.undo()
    assert 128 * messages.SCRYPT["n"] * messages.SCRYPT["r"] == 32 << 20
    assert messages.SCRYPT["maxmem"] > 32 << 20
