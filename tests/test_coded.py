"""Coded stego sets: random messages that are really embedded, from arrays to shards and the command."""

import math
from pathlib import Path

import numpy as np
import pytest
from commands import refused
from hypothesis import given, settings
from hypothesis import strategies as st
from making_shards import fill
from pictures import crop, quantized

import embedders
from embedders import EmbedderError, coding, simulate
from stegdata import embedding, manifest, shards, tsv
from stegdata.formats import images
from stegdata.names import StegoSet
from workflow import command

STEGO_SET = StegoSet.parse("a/hill-0.4bpp-stc")


@pytest.mark.parametrize("name", ["hill", "suniward", "mipod", "lsbm", "hugo", "lsbm-binary"])
def test_pixels_carry_the_payload_at_nearly_the_simulated_change_rate(name):
    cover = crop(128, 128)
    made = coding.embed_random(name, cover, payload=0.4, seed=7)
    simulated = embedders.embed(name, cover, payload=0.4, seed=7)
    assert made.message_bits == made.entropy_bits == round(0.4 * cover.size)
    changed = np.abs(made.stego.astype(int) - cover)
    assert changed.max() == 1 and made.change_rate == pytest.approx((changed > 0).mean())
    if name != "lsbm-binary":  # which is simulated without a code: half of the bits change an element
        assert simulated.change_rate * 0.9 < made.change_rate < simulated.change_rate * 1.35
    assert np.array_equal(made.stego, coding.embed_random(name, cover, payload=0.4, seed=7).stego)
    assert not np.array_equal(made.stego, coding.embed_random(name, cover, payload=0.4, seed=8).stego)
    assert made.coding_loss is None if name == "lsbm-binary" else 0 < made.coding_loss < 0.2


def test_coefficients_of_a_jpeg_carry_it_too():
    coefficients, table = quantized(crop(128, 128))
    made = coding.embed_random("juniward", coefficients, table, payload=0.3, seed=1)
    assert made.message_bits == round(0.3 * embedders.Domain.JPEG.elements(coefficients))
    assert np.abs(made.stego - coefficients).max() == 1 and made.coding_loss < 0.2


@given(st.integers(0, 9), st.floats(0.1, 1.2))
@settings(max_examples=20)
def test_a_perfect_code_loses_nothing_and_others_what_they_carry_less(seed, share):
    """The simulator's own distortion carries its own entropy; with two thirds of the bits a third is lost."""
    rng = np.random.default_rng(seed)
    up, down = rng.lognormal(0, 1, (2, 400))
    up[:20] = down[10:40] = math.inf
    p_p1, p_m1 = simulate.change_probabilities(up, down, share)
    distortion = sum(
        float((rho[np.isfinite(rho)] * p[np.isfinite(rho)]).sum()) for rho, p in ((up, p_p1), (down, p_m1))
    )
    bits = simulate.entropy_bits(up, down, share)
    assert coding.coding_loss(up, down, bits, distortion) == pytest.approx(0, abs=1e-3)
    assert coding.coding_loss(up, down, bits * 2 / 3, distortion) == pytest.approx(1 / 3, abs=1e-3)
    assert coding.coding_loss(up, down, 100, 1e9) == pytest.approx(1 - 100 / simulate.capacity(up, down))


def test_no_bit_and_too_many_are_refused():
    with pytest.raises(EmbedderError, match="payload: 1e-06 bpp of a cover with 16384 such elements is no bit at all"):
        coding.embed_random("hill", crop(128, 128), payload=1e-6, seed=1)
    with pytest.raises(EmbedderError, match=r"message of .* bits"):
        coding.embed_random("hill", crop(128, 128), payload=1.6, seed=1)


def test_a_shard_keeps_bits_and_loss_and_the_manifest_the_payload(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "covers")
    path = Path(STEGO_SET.shards) / "train-000.h5"
    path.parent.mkdir(parents=True)
    embedding.shard(path, tmp_path / "covers", STEGO_SET, seed=1, described={"split": "train", "resize": "crop"})
    shard = shards.read(path)
    assert shard.attributes["coding"] == "syndrome-trellis codes of height 10"
    assert embedding.CODING.endswith(f" {coding.random.HEIGHT}")
    np.testing.assert_array_equal(shard.entropy_bits, np.round(0.4 * shard.elements))
    assert ((shard.planes["coding_loss"] > 0) & (shard.planes["coding_loss"] < 0.3)).all()
    manifest.write(path.parent, [path])
    assert {row["payload"] for row in tsv.read(path.parent / "pairs.tsv", ["payload"])} == {"0.398438"}


def test_names_lead_to_the_set_and_back():
    for text in ("a/hill-0.4bpp-stc", "a+b/jmipod+uerd-q75-0.4bpnzac-stc"):
        assert str(StegoSet.parse(text)) == text and StegoSet.parse(text).coded
    assert not StegoSet.parse("a/hill-0.4bpp").coded
    assert [str(single) for single in StegoSet.parse("a+b/hill-1bpp-stc").single()] == [
        "a/hill-1bpp-stc",
        "b/hill-1bpp-stc",
    ]


def test_the_command_codes_random_bits(tmp_path, capsys):
    images.write_pgm(tmp_path / "1.pgm", crop(128, 128))
    options = ["embed", "--embedder", "hill", "--payload", "0.4", "--stc", str(tmp_path / "1.pgm"), "--out"]
    assert command.main([*options, str(tmp_path / "coded")]) == 0
    assert command.main([*[o for o in options if o != "--stc"], str(tmp_path / "simulated")]) == 0
    (row,) = tsv.read(tmp_path / "coded/manifest.tsv", ["message_bits", "entropy_bits"])
    assert float(row["entropy_bits"]) == int(row["message_bits"]) == round(0.4 * crop(128, 128).size)
    stegos = [images.read_pgm(tmp_path / name / "1.pgm") for name in ("coded", "simulated")]
    assert not np.array_equal(*stegos) and not np.array_equal(stegos[0], crop(128, 128))
    line = refused(capsys, *options, tmp_path / "x", "--channels", "all")
    assert "--stc: expected with --payload, in the luminance" in line
