"""The workflow as a user runs it, on tests/tiny in a folder of its own."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image
from working_folder import hashes, rows, snakemake, tiny

import embedders
from stegdata import shards
from stegdata.formats import images
from workflow import command, embedding


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The tiny run, all tables made."""
    folder = tiny(tmp_path_factory.mktemp("workflow") / "tiny")
    snakemake(folder, "--cores", 2, "results/tables", "datasets")
    return folder


def test_tables_hold_ours_beside_the_published_numbers(finished):
    table = rows(finished / "results/tables/table3.csv")
    ours = [row for row in table if row["accuracy"]]
    assert [(row["data"], row["payload"], row["network"], row["head"], row["recipe"]) for row in ours] == [
        ("sample", "0.4bpp", "xu-net", "Strategy (fc)", "tiny"),
        ("sample", "0.4bpp", "xu-net", "With LSTM", "tiny-chain"),
        ("sample", "0.4bpp", "spam", "LDA (yardstick)", "yardstick"),
    ]
    assert float(ours[0]["low"]) <= float(ours[0]["accuracy"]) <= float(ours[0]["high"])
    assert ours[0]["images"] == "16" and ours[0]["paper"] == "0.78" and ours[0]["difference"] == ""
    assert sum(row["data"] == "bossbase" for row in table) == 12
    assert [row["accuracy"] for row in rows(finished / "results/tables/table4.csv")].count("") == 20
    assert (finished / "results/tables/differences.md").read_text().startswith("## Paired differences")
    parts = rows(finished / "results/tables/parts.csv")
    assert {row["of"] for row in parts if row["part"] == "embedder"} == {"jmipod", "juniward", "uerd"}
    assert {row["of"] for row in parts if row["part"] == "quality"} == {"75", "95"}
    note = (finished / "results/tables/table3.md").read_text()
    assert "12 training, 4 validation, 8 test pairs" in note and "no difference is taken where it is not" in note
    table2 = rows(finished / "results/tables/table2.csv")
    jpeg_rows = {row["data"]: row for row in table2 if row["accuracy"] and row["network"] == "first-method"}
    assert jpeg_rows["sample"]["embedder"] == "jmipod+juniward+uerd" and jpeg_rows["sample"]["images"] == "48"
    assert jpeg_rows["alaska2-crop"]["payload"] == "given" and jpeg_rows["alaska2-crop"]["paper"] == ""
    counts = {row["network"]: row for row in rows(finished / "results/tables/table5.csv")}
    assert counts["xu-net"]["fc"] == "86554" and counts["xu-net"]["lstm_as_zero"] == "39418"
    assert counts["ye-net"]["fc"] == counts["ye-net"]["paper_fc"] == "87562"
    assert (finished / "results/figures/curves-sample-suniward-0.4bpp.png").stat().st_size > 10_000


def test_scores_and_metrics_agree(finished):
    training = finished / "results/training/sample/suniward-0.4bpp/xu-net-fc/tiny/seed-1"
    scores, metrics = rows(training / "scores.tsv"), json.loads((training / "metrics.json").read_text())
    right = sum((float(row["score"]) >= 0.5) == (row["label"] == "1") for row in scores)
    assert metrics["images"] == len(scores) == 16 and metrics["accuracy"] == right / 16


def test_no_photograph_is_in_two_splits(finished):
    split_of = {}
    for row in rows(finished / "results/covers/sample/split.tsv"):
        assert split_of.setdefault(row["group"], row["split"]) == row["split"]
    assert set(split_of.values()) == {"train", "val", "test"}


def test_second_call_does_nothing_and_says_so(finished):
    assert "Nothing to be done" in snakemake(finished, "--cores", 2, "results/tables").stdout


def test_same_bytes_for_one_core_and_for_two(finished, tmp_path):
    once_more = tiny(tmp_path / "again")
    snakemake(once_more, "--cores", 1, "results/tables", "datasets")
    expected, got = hashes(finished / "."), hashes(once_more)
    expected = {name: value for name, value in expected.items() if name in got}
    assert len(got) > 30 and got == expected
    assert "results/datasets/alaska2-crop/juniward-given.md" in got


def test_verify_passes_what_was_made_and_names_what_was_changed(tmp_path, finished):
    assert "covers and shards are as their manifests say" in snakemake(finished, "--cores", 1, "verify").stdout
    copy = tmp_path / "copy"
    shutil.copytree(finished / "results", copy / "results")
    shutil.copy(finished / "config.yaml", copy)
    shard = copy / "results/shards/sample/wow-1bpp/test-000.h5"
    shard.write_bytes(shard.read_bytes()[:-1])
    (copy / "results/covers/sample/train-000/more.pgm").touch()
    min((copy / "results/covers/sample/q75/val-000").glob("*.jpg")).unlink()
    refused = snakemake(copy, "--cores", 1, "verify", check=False)
    assert refused.returncode == 1 and "got 1 missing, 1 changed, 1 extra: delete" in refused.stdout
    assert "changed results/shards/sample/wow-1bpp/test-000.h5: sha256 " in refused.stdout
    assert "extra results/covers/sample/train-000/more.pgm" in refused.stdout and "Traceback" not in refused.stdout


def test_a_card_tells_what_was_left_out(finished):
    card = (finished / "results/datasets/alaska2-crop/juniward-given.md").read_text()
    assert "- 1 covers left out, as a stego is missing: 00005\n" in card
    assert "- 1 covers left out, as the stego equals its cover: 00008\n" in card
    assert "Licence: CC BY-NC-ND 4.0" in card
    card = (finished / "results/datasets/sample/wow-1bpp.md").read_text()
    pairs_file = finished / "results/shards/sample/wow-1bpp/pairs.tsv"
    payload = np.mean([float(row["payload"]) for row in rows(pairs_file) if row["shard"].startswith("test")])
    assert any(f"{payload:.5f}" in line for line in card.splitlines() if line.startswith("| test"))


def test_a_chain_starts_from_its_start(finished):
    """The weights of the smaller windows at the higher payload, taken over but for the head."""
    small = finished / "results/training/sample/suniward-1bpp/xu-net-fc/tiny-small/seed-1"
    log = (finished / "results/logs/train/sample/suniward-0.4bpp/xu-net-lstm/tiny-chain/seed-1.log").read_text()
    assert f"starts from {small.relative_to(finished)}: 11 of 14 layers" in log
    assert json.loads((small / "model.json").read_text())["image_size"] == 40
    assert not (small / "scores.tsv").exists() and not list(finished.rglob("checkpoint.npz"))


def test_fresh_stegos_come_from_kept_probabilities_of_train_only(finished):
    kept = sorted(
        path.relative_to(finished / "results/changes").as_posix() for path in finished.rglob("changes/**/*.h5")
    )
    sets = ("jmipod-q75-0.4bpnzac", "juniward-q75-0.4bpnzac", "suniward-0.4bpp", "suniward-1bpp", "uerd-q75-0.4bpnzac")
    assert kept == [f"sample/{name}/train-{n:03d}.h5" for name in sets for n in range(2)]


def test_a_detector_is_tested_on_another_stego_set(finished):
    trained = "results/cross-scores/sample/suniward-0.4bpp/xu-net-fc/tiny/seed-1/on"
    snakemake(finished, "--cores", 2, f"{trained}/photographs+sample/wow-1bpp/metrics.json")
    metrics = json.loads((finished / trained / "photographs+sample/wow-1bpp/metrics.json").read_text())
    assert (metrics["trained_on"], metrics["tested_on"]) == ("sample/suniward-0.4bpp", "photographs+sample/wow-1bpp")
    assert metrics["images"] == 16
    planned = snakemake(finished, "--cores", 2, "-n", "results/cross").stdout
    # 5 trainings on the 4 stego sets that sources of one size have; one is there
    assert f"cross_score {5 * 4 - 1}" in " ".join(planned.split())


def test_new_payload_by_path_reuses_the_covers(finished):
    done = snakemake(finished, "--cores", 2, "results/shards/sample/wow-0.2bpp/manifest.tsv")
    assert "rule shard" in done.stdout and "rule covers" not in done.stdout
    shard = shards.read(finished / "results/shards/sample/wow-0.2bpp/test-000.h5")
    assert shard.attributes["payload"] == 0.2
    assert abs(shard.entropy_bits.mean() - 0.2 * 64 * 64) < 1


def test_export_writes_the_stegos_of_the_shards(finished):
    snakemake(finished, "--cores", 2, "results/export/sample/suniward-0.4bpp")
    shard = shards.read(finished / "results/shards/sample/suniward-0.4bpp/test-000.h5")
    folder = finished / "results/export/sample/suniward-0.4bpp"
    assert len(list(folder.rglob("*.pgm"))) == 24
    for name, stego in zip(shard.names, shard.stego, strict=True):
        assert (images.read_pgm(folder / "test" / f"{name}.pgm") == stego).all()


@pytest.mark.parametrize(
    ("kind", "stego_set", "origin", "covers"),
    [
        ("export", "suniward-0.4bpp", "sample", "test-000"),
        ("export-jpeg", "uerd-q75-0.4bpnzac", "sample/q75", "q75/test-000"),
    ],
)
def test_the_command_makes_the_workflows_stegos(finished, tmp_path, kind, stego_set, origin, covers):
    snakemake(finished, "--cores", 2, f"results/{kind}/sample/{stego_set}")
    name = stego_set.partition("-")[0]
    arguments = ["--embedder", name, "--payload", "0.4", "--seed", "1", "--origin", origin, "--out", tmp_path / "out"]
    assert command.main(["embed", *map(str, arguments), str(finished / "results/covers/sample" / covers)]) == 0
    stegos = sorted((finished / f"results/{kind}/sample/{stego_set}/test").iterdir())
    assert len(stegos) == 8
    for stego in stegos:
        assert (tmp_path / "out" / stego.name).read_bytes() == stego.read_bytes()


def test_covers_of_one_name_in_two_sources_share_no_random_numbers(finished):
    seeds = {embedding.stego_seed_of("wow", 1.0, 1, origin, "1") for origin in ("bossbase", "bows2", "bossbase/q75")}
    assert len(seeds) == 3


def test_union_trains_on_both_sources_and_tests_on_one(finished):
    metrics = finished / "results/training/photographs+sample/wow-1bpp/xu-net-lstm/tiny/seed-1/metrics.json"
    assert json.loads(metrics.read_text())["images"] == 16
    assert "16 training, 4 validation, 8 test pairs" in (finished / "results/tables/table4.md").read_text()


def test_jpeg_shards_carry_table_quality_and_coefficients(finished):
    shard = shards.read(finished / "results/shards/sample/uerd-q75-0.4bpnzac/test-000.h5")
    assert shard.attributes["quality"] == 75 and shard.attributes["unit"] == "bpnzAC"
    cover, stego = shard.planes["cover_coefficients"], shard.planes["stego_coefficients"]
    assert shard.elements[0] == np.count_nonzero(cover[0]) - np.count_nonzero(cover[0][::8, ::8])
    assert shard.change_rate[0] == np.mean(cover[0] != stego[0])
    assert (embedders.dct.decode(stego[0], shard.planes["quantization_table"][0]) == shard.stego[0]).all()
    assert abs(shard.entropy_bits - 0.4 * shard.elements).max() < 1
    assert (shard.planes["quality"] == 75).all()
    listed = rows(finished / "results/shards/sample/uerd-q75-0.4bpnzac/pairs.tsv")
    assert len(listed) == 24 and all(abs(float(row["payload"]) - 0.4) < 0.01 for row in listed)


def test_export_writes_jpegs_of_the_shards_pixels(finished):
    snakemake(finished, "--cores", 2, "results/export-jpeg/sample/uerd-q75-0.4bpnzac")
    shard = shards.read(finished / "results/shards/sample/uerd-q75-0.4bpnzac/test-000.h5")
    for name, stego in zip(shard.names, shard.stego, strict=True):
        file = finished / f"results/export-jpeg/sample/uerd-q75-0.4bpnzac/test/{name}.jpg"
        assert (np.array(Image.open(file)) == stego).all()


def test_ready_made_pairs_are_counted(finished):
    folder = finished / "results/shards/alaska2-crop"
    found = {path: shards.read(path) for path in folder.rglob("*.h5")}
    assert len(found) == 12
    by_name = {}
    for path, shard in found.items():
        for name in shard.names:
            by_name.setdefault(name, set()).add(path.name.partition("-")[0])
    assert all(len(splits) == 1 for splits in by_name.values()) and "00005" not in by_name
    dropped = {
        (path.parent.name, name)
        for path, shard in found.items()
        for name in json.loads(shard.attributes["dropped_names"])
    }
    assert ("juniward-given", "00008") in dropped and len(dropped) < 5
    for path, shard in found.items():
        assert not {name for embedder, name in dropped if embedder == path.parent.name} & set(shard.names)
        assert shard.attributes["dropped"] + len(shard.names) == 2
        assert shard.planes["cover_coefficients"].shape == (len(shard.names), 64, 64)
    assert (
        "1 covers left out, as a stego is missing: 00005"
        in (finished / "results/logs/split/alaska2-crop.log").read_text()
    )


def test_report_shows_every_stego_set_of_the_run(finished):
    snakemake(finished, "--cores", 2, "results/report.html")
    page, figures = (finished / "results/report.html").read_text(), finished / "results/report"
    drawn = {path.stem for path in figures.glob("strips-*.svg")}
    manifests = (finished / "results/shards").rglob("manifest.tsv")
    # stego sets of the run; others were made by tests above
    assert drawn <= {f"strips-{path.parts[-3]}-{path.parts[-2]}" for path in manifests} and len(drawn) == 10
    assert all(name.removeprefix("strips-") in page for name in drawn)
    made_again = {row["cover"] for row in rows(figures / "strips.csv") if row["stego_set"] == "uerd-q75-0.4bpnzac"}
    assert made_again <= set(shards.read(finished / "results/shards/sample/uerd-q75-0.4bpnzac/test-000.h5").names)
    assert str(finished) not in page


def test_snakemakes_own_report_tells_where_results_come_from(finished):
    snakemake(finished, "--report", "provenance.html", "results/tables")
    assert "curves-sample-suniward-0.4bpp" in (finished / "provenance.html").read_text()
