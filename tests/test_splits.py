"""`stegdata.splits`: by cover, group by group, and never anything twice."""

import hashlib
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refusal

from stegdata import splits
from stegdata.errors import DataError
from stegdata.names import Part
from stegdata.splits import SPLITS, Row

#: What `stegdata.sources` lets through: neither control characters nor lone surrogates.
NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=12)


def assign(groups, train, val, test, *, order="shuffled", seed=1, shard_pairs=100):
    sizes = {"train": train, "val": val, "test": test}
    return splits.assign(groups, sizes, order=order, seed=seed, shard_pairs=shard_pairs, source="bossbase")


def alone(count):
    return {str(number): str(number) for number in range(1, count + 1)}


def sizes(rows):
    return tuple(Counter(row.split for row in rows)[split] for split in SPLITS)


def test_sorted_is_the_published_order():
    rows = assign(alone(12), 4, 3, 5, order="sorted")
    assert [row.cover for row in rows] == ["1", "10", "11", "12", "2", "3", "4", "5", "6", "7", "8", "9"]
    assert rows == assign(alone(12), 4, 3, 5, order="sorted", seed=2)


def test_shuffled_is_the_order_of_a_hash():
    """Spelled out here: whoever changes the order changes every published table."""
    rows = assign(alone(12), 4, 3, 5, seed=7)
    expected = sorted(alone(12), key=lambda name: hashlib.sha256(f"7\n{name}".encode()).hexdigest())
    assert [row.cover for row in rows] == expected
    assert [row.cover for row in rows[:4]] == ["5", "12", "2", "7"]


def test_more_covers_only_push_in_between():
    """A shuffle by hash keeps the order of those that stay: adding covers does not deal all anew."""
    few, many = (list(dict.fromkeys(row.cover for row in assign(alone(n), n, 0, 0))) for n in (50, 80))
    assert few == [cover for cover in many if int(cover) <= 50]


def test_shards_are_filled_in_order():
    rows = assign(alone(60), 25, 10, 21, shard_pairs=10)
    shards = Counter((row.split, row.shard) for row in rows)
    assert shards == {
        ("train", 0): 10,
        ("train", 1): 10,
        ("train", 2): 5,
        ("val", 0): 10,
        ("test", 0): 10,
        ("test", 1): 10,
        ("test", 2): 1,
    }
    for split, covers in (("train", 25), ("val", 10), ("test", 21)):
        assert splits.shard_count(covers, 10) == len({shard for name, shard in shards if name == split})
    assert splits.shard_count(0, 10) == 0


def test_a_group_cut_at_the_end_of_a_split_does_not_go_on_in_the_next():
    groups = {f"{patient}-{number}": patient for patient in "abc" for number in range(4)}
    rows = assign(groups, 3, 3, 2, order="sorted")
    assert [row.cover for row in rows] == ["a-0", "a-1", "a-2", "b-0", "b-1", "b-2", "c-0", "c-1"]
    assert [row.group for row in rows] == ["a"] * 3 + ["b"] * 3 + ["c"] * 2


def test_too_few_covers_are_refused():
    assert refusal(assign, alone(9), 4, 1, 5) == (
        "source bossbase: expected covers for 4 train, 1 val, 5 test, found 9 in 9 groups, and test got only 4: lower "
        "the sizes under sources.bossbase in config.yaml, add images, or give shares as in "
        "train: 0.6, val: 0.1, test: 0.3"
    )


def test_groups_too_large_to_fill_the_splits_are_refused():
    with pytest.raises(DataError, match="found 10 in 2 groups, and test got only 0"):
        assign({str(number): str(number % 2) for number in range(10)}, 2, 2, 2)


@settings(max_examples=2 * settings.default.max_examples)
@given(
    groups=st.dictionaries(NAMES, st.sampled_from(["a", "b", "c", "ä", "d_1", "e", "f", ""]), min_size=1, max_size=40),
    split_sizes=st.tuples(*[st.integers(0, 8)] * 3),
    order=st.sampled_from(["shuffled", "sorted"]),
    seed=st.integers(0, 9),
    shard_pairs=st.integers(1, 5),
    shuffle=st.randoms(use_true_random=False),
)
def test_no_group_is_torn_and_no_cover_dealt_twice(groups, split_sizes, order, seed, shard_pairs, shuffle):
    listed_otherwise = list(groups.items())
    shuffle.shuffle(listed_otherwise)
    try:
        rows = assign(groups, *split_sizes, order=order, seed=seed, shard_pairs=shard_pairs)
    except DataError:
        with pytest.raises(DataError):
            assign(dict(listed_otherwise), *split_sizes, order=order, seed=seed, shard_pairs=shard_pairs)
        return
    assert rows == assign(dict(listed_otherwise), *split_sizes, order=order, seed=seed, shard_pairs=shard_pairs)
    assert sizes(rows) == split_sizes
    assert [row.split for row in rows] == sorted((row.split for row in rows), key=SPLITS.index)
    assert len({row.cover for row in rows}) == len(rows)
    assert all(groups[row.cover] == row.group for row in rows)
    homes, shards = defaultdict(set), Counter()
    for row in rows:
        homes[row.group].add(row.split)
        shards[row.split, row.shard] += 1
    assert all(len(where) == 1 for where in homes.values())
    assert max(shards.values(), default=0) <= shard_pairs


def test_the_table_is_plain_text(tmp_path):
    splits.write(tmp_path / "split.tsv", [Row("Straße__1", "Straße", "val", 3)])
    assert (tmp_path / "split.tsv").read_bytes() == "cover\tgroup\tsplit\tshard\nStraße__1\tStraße\tval\t3\n".encode()
    assert [file.name for file in tmp_path.iterdir()] == ["split.tsv"]


def test_covers_of_a_part_are_those_of_its_lines(tmp_path):
    rows = [Row("a", "1", "train", 0), Row("b", "1", "train", 1), Row("c", "2", "val", 0), Row("d", "3", "train", 0)]
    splits.write(tmp_path / "split.tsv", rows)
    assert splits.covers_of(tmp_path / "split.tsv", Part("train", 0)) == ["a", "d"]
    assert splits.covers_of(tmp_path / "split.tsv", Part.parse("test-000")) == []


def test_excluded_covers_are_left_out_by_name():
    groups = {"1": "a", "2": "a", "3": "b"}
    assert splits.leave_out(groups, ["2"], source="mine") == {"1": "a", "3": "b"}
    with pytest.raises(DataError, match=r"source mine: expected names of covers .*, got 4, 7: see"):
        splits.leave_out(groups, ["7", "1", "4"], source="mine")


# ---- shares


@given(st.integers(40, 80), st.integers(1, 6), st.integers(1, 3))
@settings(max_examples=30)
def test_shares_deal_whole_groups_to_shards_of_like_size(photographs, covers, shards):
    groups = {f"{p}-{number}": str(p) for p in range(photographs) for number in range(covers)}
    shares, counts = {"train": 0.6, "val": 0.1, "test": 0.3}, dict.fromkeys(SPLITS, shards)
    rows = splits.assign(groups, shares, order="shuffled", seed=1, shard_pairs=1, source="mine", shards=counts)
    assert sorted(row.cover for row in rows) == sorted(groups)
    split_of = {(row.group, row.split) for row in rows}
    assert len(split_of) == photographs
    for split, count in zip(SPLITS, sizes(rows), strict=True):
        assert abs(count - shares[split] * len(groups)) <= 2 * covers + 1
        of_shard = Counter(row.shard for row in rows if row.split == split)
        assert len(of_shard) == shards and max(of_shard.values()) - min(of_shard.values()) <= 1


def test_few_photographs_are_not_dealt_by_shares():
    groups = {f"{p}-{number}": str(p) for p in range(39) for number in range(9)}
    shares, counts = {"train": 0.6, "val": 0, "test": 0.4}, {"train": 1, "val": 0, "test": 1}
    dealt = {"order": "shuffled", "seed": 1, "shard_pairs": 9, "source": "mine", "shards": counts}
    assert refusal(splits.assign, groups, shares, **dealt) == (
        "source mine: expected 40 photographs (groups) or more to deal by shares, got 39: add images, or give numbers "
        "of covers under sources.mine in config.yaml"
    )
    rows = splits.assign(groups | {"x": "x"}, shares, **dealt)
    assert {row.split for row in rows} == {"train", "test"}
    assert "expected covers for 900 shards of train" in refusal(
        splits.assign, groups | {"x": "x"}, shares, **dealt | {"shards": {"train": 900, "val": 0, "test": 1}}
    )
