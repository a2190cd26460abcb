"""`stegdata.tsv`: what is written is read, whole or not at all; anything else is one line that names the file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from stegdata import exclusions, tsv
from stegdata.exclusions import Exclusion

TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=9)


@given(st.lists(st.tuples(TEXT, st.integers()), max_size=5))
def test_what_is_written_is_read(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "a.tsv"
    tsv.write(path, ("name", "count"), rows)
    assert tsv.read(path, ("count", "name")) == [{"name": name, "count": str(count)} for name, count in rows]
    assert tsv.parsed(path, ("name",), lambda row: (row["name"], int(row["count"]))) == rows


@given(st.lists(st.builds(Exclusion, TEXT, st.sampled_from([exclusions.LEFT_OUT, exclusions.NOTED]), TEXT), max_size=5))
def test_exclusions_are_read_as_they_were_written_and_summed_up(tmp_path_factory, noted):
    path = tmp_path_factory.getbasetemp() / "exclusions.tsv"
    exclusions.write(path, noted)
    assert exclusions.read(path) == sorted(noted)
    lines = exclusions.summary(noted, shown=2)
    assert len(lines) == len({(one.status, one.reason) for one in noted})
    assert sum(int(line.partition(" ")[0]) for line in lines) == len(noted)


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (b"", "no column a"),
        (b"b\n1\n", "no column a"),
        (b"a\tb\n1\t2\n3\n", "a line that is cut off"),
        (b"a\tb\n1\t\xff\n", "'utf-8' codec can't decode"),
        (b"a\tb\n1\tx\n", "invalid literal for int() with base 10: 'x'"),
    ],
)
def test_another_file_is_named(tmp_path, content, got):
    (tmp_path / "t.tsv").write_bytes(content)
    message = refusal(tsv.parsed, tmp_path / "t.tsv", ("a", "b"), lambda row: int(row["b"]))
    assert message.startswith(f"{tmp_path / 't.tsv'}: expected a table of a, b, got {got}")
    assert message.endswith(f": delete it and run `snakemake {tmp_path / 't.tsv'}`")


def test_more_columns_than_asked_are_no_fault(tmp_path):
    (tmp_path / "t.tsv").write_text("a\tb\n1\t2\t3\n")
    assert [row["a"] for row in tsv.read(tmp_path / "t.tsv", ("a",))] == ["1"]


def test_a_place_that_cannot_be_read_or_written_is_told_without_advice_to_delete(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for path, got in (
        (tmp_path / "none.tsv", "expected a table of a, found no file: check the path, or make it"),
        (tmp_path, "expected to read a table of a, got Is a directory: check permission"),
        (tmp_path / "file" / "t.tsv", "expected to read a table of a, got Not a directory"),
    ):
        message = refusal(tsv.read, path, ("a",))
        assert got in message and "delete" not in message
    assert "Not a directory" in refusal(tsv.write, tmp_path / "file" / "t.tsv", ("a",), [])
    with pytest.raises(ZeroDivisionError):
        tsv.write(tmp_path / "t.tsv", ("a",), ([1 / zero] for zero in (1, 0)))
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
