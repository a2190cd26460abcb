"""`stegdata.names`: a stego set and its name are one to one."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from embedders import EMBEDDERS
from stegdata.errors import DataError
from stegdata.names import GIVEN, StegoSet, parse_stego_set

WORDS = st.from_regex(r"[a-z]+(-[a-z]+)*", fullmatch=True) | st.sampled_from(sorted(EMBEDDERS))
UNIONS = st.lists(WORDS, min_size=1, max_size=4).map(lambda names: tuple(sorted(set(names))))
PAYLOADS = st.floats(0, exclude_min=True, allow_infinity=False) | st.integers(1, 10**6).map(lambda n: n / 1000)
GIVEN_SETS = st.builds(StegoSet, UNIONS, st.none(), st.none(), st.none())
MADE_SETS = st.builds(StegoSet, UNIONS, st.none() | st.integers(1, 100), PAYLOADS, st.sampled_from(["bpp", "bpnzac"]))


@given(GIVEN_SETS | MADE_SETS)
@example(StegoSet(("uerd",), 75, 0.1234567, "bpnzac"))
@example(StegoSet(("uerd",), 75, 1e-5, "bpnzac"))
@example(StegoSet(("wow",), None, 1e22, "bpp"))
@example(StegoSet((GIVEN, "x-given"), None, None, None))
def test_a_name_is_read_as_it_was_made(stego_set):
    name = str(stego_set)
    assert parse_stego_set(name) == stego_set
    assert name.isascii() and set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789+-.")
    assert name == "+".join(stego_set.embedders) + "-" + stego_set.condition


@given(st.text() | st.from_regex(r"[a-z+-]{0,9}-(q\d+-)?\d*\.?\d*(bpp|bpnzac|given)?"))
@example("suniward-0.40bpp")
@example("uerd-q075-0.4bpnzac")
def test_a_text_is_refused_or_has_one_name(text):
    try:
        stego_set = parse_stego_set(text)
    except DataError:
        return
    assert parse_stego_set(str(stego_set)) == stego_set
    assert str(stego_set).isascii() and text.isascii()


@pytest.mark.parametrize(
    ("name", "stego_set"),
    [
        ("suniward-0.4bpp", StegoSet(("suniward",), None, 0.4, "bpp")),
        ("wow-1bpp", StegoSet(("wow",), None, 1.0, "bpp")),
        ("uerd-q75-0.4bpnzac", StegoSet(("uerd",), 75, 0.4, "bpnzac")),
        ("juniward-original-q95-0.05bpnzac", StegoSet(("juniward-original",), 95, 0.05, "bpnzac")),
        ("jmipod-given", StegoSet(("jmipod",), None, None, None)),
        ("jmipod+juniward+uerd-given", StegoSet(("jmipod", "juniward", "uerd"), None, None, None)),
        ("jmipod+uerd-q90-0.4bpnzac", StegoSet(("jmipod", "uerd"), 90, 0.4, "bpnzac")),
    ],
)
def test_names_as_in_paths(name, stego_set):
    assert parse_stego_set(name) == stego_set and str(stego_set) == name


def test_whole_numbers_of_a_config_have_no_point():
    assert str(StegoSet(("wow",), None, 1, "bpp")) == str(StegoSet(("wow",), None, 1.0, "bpp")) == "wow-1bpp"
    assert StegoSet(("uerd",), 100, 10, "bpnzac").condition == "q100-10bpnzac"


@pytest.mark.parametrize("name", EMBEDDERS)
def test_every_embedder_can_be_named(name):
    unit = EMBEDDERS[name].unit.lower()
    assert parse_stego_set(f"{name}-0.4{unit}") == StegoSet((name,), None, 0.4, unit)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "suniward",
        "0.4bpp",
        "-0.4bpp",
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
        "uerd-q75-given",
        "uerd-q\u0667\u0665-0.4bpnzac",
        "uerd-\u0660.\u0664bpnzac",
    ],
)
def test_wrong_names_are_refused(name):
    with pytest.raises(DataError) as caught:
        parse_stego_set(name)
    message = str(caught.value)
    assert message.startswith("stego set: expected a name such as suniward-0.4bpp") and repr(name) in message
    assert "\n" not in message
