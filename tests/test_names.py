"""`stegdata.names`: a stego set, a part and a trained detector have one name each, and a name says one thing."""

from pathlib import PurePath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from refusals import message_of, refusal

from embedders import EMBEDDERS
from stegdata.errors import DataError
from stegdata.names import PRECOMPUTED, Part, StegoSet, TrainedDetector
from stegdata.splits import SPLITS

# a part such as -q75 is a quality
WORDS = st.from_regex(r"[a-z][a-z0-9]{0,6}(-(?!q[0-9]+(-|$))[a-z][a-z0-9]{0,6}){0,2}", fullmatch=True)
EMBEDDER_NAMES = WORDS | st.sampled_from([*EMBEDDERS, "nsf5", "lsbm-binary", "j2-uniward", "x-given", PRECOMPUTED])
COMBINED = st.lists(EMBEDDER_NAMES, min_size=1, max_size=4).map(lambda names: tuple(sorted(set(names))))
PAYLOADS = st.floats(0, exclude_min=True, allow_infinity=False) | st.integers(1, 10**6).map(lambda n: n / 1000)
PLACES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,9}", fullmatch=True)
SOURCES = st.lists(PLACES, min_size=1, max_size=3).map("+".join)
UNITS = st.sampled_from(["bpp", "bpnzac"])
STEGO_SETS = st.builds(StegoSet, SOURCES, COMBINED) | st.builds(
    StegoSet, SOURCES, COMBINED, st.none() | st.integers(1, 100), PAYLOADS, UNITS
)
DETECTORS = st.builds(TrainedDetector, STEGO_SETS, PLACES, st.just("") | PLACES, st.integers(0, 10**9))


@given(STEGO_SETS)
@example(StegoSet("s", ("uerd",), 75, 0.1234567, "bpnzac"))
@example(StegoSet("s", ("uerd",), 75, 1e-5, "bpnzac"))
@example(StegoSet("s", ("wow",), None, 1e22, "bpp"))
@example(StegoSet("s", (PRECOMPUTED, "x-given")))
@example(StegoSet("a+b", ("lsbm-binary", "nsf5"), 90, 0.4, "bpnzac"))
def test_a_stego_set_is_read_as_it_was_printed(stego_set):
    text = str(stego_set)
    assert StegoSet.parse(text) == StegoSet.named(stego_set.source, stego_set.name) == stego_set
    assert text == f"{stego_set.source}/{'+'.join(stego_set.embedders)}-{stego_set.condition}"
    assert text.isascii() and set(stego_set.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789+-.")
    for path in (f"{stego_set.shards}/SHA256SUMS", stego_set.shard(Part("val", 3))):
        assert StegoSet.of_path(path) == StegoSet.of_path(PurePath(path)) == stego_set


@given(STEGO_SETS, st.sampled_from(SPLITS), st.integers(0, 999))
def test_what_is_combined_is_made_of_single_stego_sets(stego_set, split, number):
    singles = list(stego_set.single())
    assert len(singles) == len(stego_set.sources) * len(stego_set.embedders)
    assert {one.source for one in singles} == set(stego_set.sources)
    assert {one.embedder for one in singles} == set(stego_set.embedders)
    part = Part(split, number)
    for one in singles:
        assert one.condition == stego_set.condition and list(one.single()) == [one]
        assert one.shard(part) == f"results/shards/{one}/{part}.h5" and one.covers(part).endswith(f"/{part}")
    assert Part.parse(str(part)) == part


@given(DETECTORS)
@example(TrainedDetector(StegoSet.parse("a+b/nsf5+uerd-q75-0.4bpnzac"), "xu-net-fc", "tuned", 1))
@example(TrainedDetector(StegoSet.parse("sample/lsbm-binary-0.4bpp"), "srm-fld", "", 0))
@example(TrainedDetector(StegoSet.parse("s/uerd-precomputed"), "seed-1", "seed-2", 3))
def test_a_trained_detector_is_read_as_it_was_printed(detector):
    text = str(detector)
    assert TrainedDetector.parse(text) == detector
    assert text.count("/") == (4 if detector.recipe else 3) and text.startswith(
        f"{detector.stego_set}/{detector.name}/"
    )
    assert detector.file("a.tsv") == f"{detector.folder}/a.tsv" == f"results/detectors/{text}/a.tsv"
    for tested in (detector.stego_set, StegoSet("other+source", ("wow",))):
        assert detector.scored(tested, "a.tsv") == f"results/detectors/{text}/on/{tested}/a.tsv"


@given(st.text() | st.from_regex(r"[a-z+-]{0,9}-(q\d+-)?\d*\.?\d*(bpp|bpnzac|precomputed)?"))
@example("suniward-0.40bpp")
@example("uerd-q075-0.4bpnzac")
@example("wow+suniward-0.4bpp")
@example("wow+wow-0.4bpp")
def test_a_text_is_refused_or_has_one_name(text):
    try:
        stego_set = StegoSet.named("s", text)
    except DataError:
        return
    assert stego_set.name == text and text.isascii()


@given(st.from_regex(r"([a-z0-9.+-]{0,9}/){0,5}seed-[0-9]{0,3}", fullmatch=True))
@example("s/wow-0.4bpp/xu-net-fc/tuned/seed-01")
@example("s/wow-0.4bpp/xu-net-fc//seed-1")
@example("s/wow-0.4bpp//tuned/seed-1")
@example("/wow-0.4bpp/xu-net-fc/tuned/seed-1")
def test_a_text_is_refused_or_names_one_detector(text):
    try:
        detector = TrainedDetector.parse(text)
    except DataError:
        return
    assert str(detector) == text and detector.name and detector.stego_set.source


@pytest.mark.parametrize(
    ("name", "stego_set"),
    [
        ("suniward-0.4bpp", StegoSet("s", ("suniward",), None, 0.4, "bpp")),
        ("wow-1bpp", StegoSet("s", ("wow",), None, 1.0, "bpp")),
        ("uerd-q75-0.4bpnzac", StegoSet("s", ("uerd",), 75, 0.4, "bpnzac")),
        ("nsf5-q75-0.4bpnzac", StegoSet("s", ("nsf5",), 75, 0.4, "bpnzac")),
        ("lsbm-binary-0.4bpp", StegoSet("s", ("lsbm-binary",), None, 0.4, "bpp")),
        ("juniward-original-q95-0.05bpnzac", StegoSet("s", ("juniward-original",), 95, 0.05, "bpnzac")),
        ("jmipod-precomputed", StegoSet("s", ("jmipod",))),
        ("jmipod+juniward+uerd-precomputed", StegoSet("s", ("jmipod", "juniward", "uerd"))),
        ("jmipod+uerd-q90-0.4bpnzac", StegoSet("s", ("jmipod", "uerd"), 90, 0.4, "bpnzac")),
    ],
)
def test_names_as_in_paths(name, stego_set):
    assert StegoSet.named("s", name) == stego_set and stego_set.name == name


@pytest.mark.parametrize("name", EMBEDDERS)
def test_every_embedder_can_be_named(name):
    unit = EMBEDDERS[name].unit.lower()
    assert StegoSet.named("s", f"{name}-0.4{unit}") == StegoSet("s", (name,), None, 0.4, unit)


def test_whole_numbers_of_a_config_have_no_point():
    assert StegoSet("s", ("wow",), None, 1, "bpp").name == StegoSet("s", ("wow",), None, 1.0, "bpp").name == "wow-1bpp"
    assert StegoSet("s", ("uerd",), 100, 10, "bpnzac").condition == "q100-10bpnzac"


def test_a_detector_tells_its_parts():
    network, features = (
        TrainedDetector.parse(f"sample/wow-0.4bpp/{name}/seed-7") for name in ("xu-net-lstm/tuned", "srm-fld")
    )
    assert (network.model, network.head, network.title, network.seed) == ("xu-net", "lstm", "xu-net-lstm tuned", 7)
    assert (features.model, features.head, features.title, features.recipe) == ("srm", "fld", "srm-fld", "")
    assert network.benchmark("train") == "results/benchmarks/train/sample/wow-0.4bpp/xu-net-lstm/tuned/seed-7.tsv"


# ---------------------------------------------------------------------------------------- refused


@pytest.mark.parametrize(
    "name",
    [
        "",
        "suniward",
        "0.4bpp",
        "-0.4bpp",
        PRECOMPUTED,
        "given",
        "suniward-0.4",
        "suniward-bpp",
        "suniward-.4bpp",
        "suniward-4.bpp",
        "suniward-0,4bpp",
        "suniward-0.4.0bpp",
        "suniward--0.4bpp",
        "suniward-+0.4bpp",
        "suniward-1e-05bpp",
        "suniward-infbpp",
        "suniward-0.4bpnzAC",
        "Suniward-0.4bpp",
        "5nsf-0.4bpp",
        "suniward+-0.4bpp",
        "+suniward-0.4bpp",
        "suniward++wow-0.4bpp",
        "suniward-0.4bpp+wow-0.4bpp",
        "suniward-0.4bpp ",
        "suniward-0.4bpp\n",
        "suniward-0.4bpp/train-000.h5",
        "uerd-q-75-0.4bpnzac",
        "uerd-q7.5-0.4bpnzac",
        "uerd-0.4bpnzac-q75",
        "uerd-q75-precomputed",
        "uerd-q\u0667\u0665-0.4bpnzac",
        "uerd-\u0660.\u0664bpnzac",
    ],
)
def test_wrong_names_are_refused(name):
    for message in (refusal(StegoSet.named, "s", name), refusal(StegoSet.parse, f"s/{name}")):
        assert message.startswith("stego set: expected a name such as suniward-0.4bpp") and repr(name) in message


@pytest.mark.parametrize(
    ("name", "domain", "jpeg_covers"),
    [
        ("wow-0.4bpp", "spatial", []),
        ("uerd-q75-0.4bpnzac", "jpeg", ["results/covers/s/q75/val-003"]),
        ("uerd-precomputed", "jpeg", []),
    ],
)
def test_a_stego_set_says_what_it_is_embedded_in(name, domain, jpeg_covers):
    stego_set = StegoSet.named("s", name)
    assert stego_set.domain == domain and stego_set.jpeg_covers(Part("val", 3)) == jpeg_covers
    assert stego_set.precomputed == ("precomputed" in name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("wow+suniward-0.4bpp", "suniward+wow-0.4bpp"),
        ("wow+wow-0.4bpp", "wow-0.4bpp"),
        ("wow-0.40bpp", "wow-0.4bpp"),
        ("uerd-q075-0.4bpnzac", "uerd-q75-0.4bpnzac"),
    ],
)
def test_another_name_of_a_set_is_told_the_one_it_has(name, expected):
    assert refusal(StegoSet.named, "s", name).startswith(f"stego set: expected {expected}, got {name!r}: one set has")


@pytest.mark.parametrize("text", ["", "seed-1", "s/wow-0.4bpp/seed-1", "s/wow-0.4bpp/a/b/c/seed-1", "s/wow-0.4bpp/a/1"])
def test_what_names_no_detector_is_refused(text):
    assert refusal(TrainedDetector.parse, text) == (
        f"detector: expected a name such as bossbase/suniward-0.4bpp/xu-net-fc/tuned/seed-1, got {text!r}"
    )


@pytest.mark.parametrize("name", ["", "train", "train-0", "train-0000", "training-000", "val-000.h5", "val-٠٠٠"])
def test_what_names_no_part_is_refused(name):
    assert f"got {name!r}" in refusal(Part.parse, name)


@pytest.mark.parametrize("path", ["a.h5", "wow-0.4bpp/train-000.h5", "results/shards/sample/train-000.h5"])
def test_a_path_of_no_stego_set_is_refused(path):
    assert message_of(DataError, StegoSet.of_path, path).startswith("stego set: expected a name such as ")
