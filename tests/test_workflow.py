"""The workflow as a user runs it, on tests/tiny in a folder of its own."""

import json
import os
import re
import shutil

import numpy as np
import pytest
import yaml
from working_folder import hashes, rows, snakemake, tiny

import embedders
from stegdata import embedding, shards
from stegdata.formats import images, jpeg
from stegdata.names import StegoSet, TrainedDetector
from workflow import command

TRAINED, TESTED = "results/detectors/sample/suniward-0.4bpp", "on/photographs+sample/wow-1bpp/scores.tsv"
#: A mean and its two parts.
NAMES = ("xu-net-fc+spam-lda/tiny/seed-1", "xu-net-fc/tiny/seed-1", "spam-lda/seed-0")
NEW = "results/shards/sample/wow-0.2bpp"
EXPORTED = ("suniward-0.4bpp", "uerd-q75-0.4bpnzac")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The tiny run, all tables made."""
    folder = tiny(tmp_path_factory.mktemp("workflow") / "tiny")
    snakemake(folder, "--cores", 2, "results/tables", "datasets")
    return folder


def test_tables_hold_ours_beside_the_published_numbers(finished):
    tables = finished / "results/tables"
    ours = rows(tables / "table3.csv")
    assert [(row["data"], row["payload"], row["detector"], row["head"], row["recipe"]) for row in ours] == [
        ("sample", "0.4bpp", "xu-net", "Strategy (fc)", "tiny"),
        ("sample", "0.4bpp", "spam", "LDA", ""),
        ("sample", "0.4bpp", "xu-net-fc+spam", "LDA", "tiny"),
        ("sample", "0.4bpp", "xu-net", "With LSTM", "tiny-chain"),
    ]
    assert (ours[0]["groups"], ours[0]["accuracy_low"], ours[0]["p_e_high"]) == (
        "1",
        "",
        "",
    )  # one photograph, no interval
    assert ours[0]["images"] == "16" and ours[0]["paper"] == "0.78" and ours[0]["difference"] == ""
    assert (tables / "differences.md").read_text().startswith("## Paired differences")
    note = (tables / "table3.md").read_text()
    assert "12 training, 4 validation, 8 test pairs" in note and "no difference is taken where it is not" in note
    jpeg_rows = {row["data"]: row for row in rows(tables / "table2.csv") if row["detector"] == "first-method"}
    assert jpeg_rows["sample"]["embedder"] == "jmipod+juniward+uerd" and jpeg_rows["sample"]["images"] == "48"
    assert jpeg_rows["alaska2-crop"]["payload"] == "precomputed" and jpeg_rows["alaska2-crop"]["paper"] == ""
    counts = {row["network"]: row for row in rows(tables / "table5.csv")}
    assert counts["xu-net"]["fc"] == "86554" and counts["xu-net"]["lstm_as_zero"] == "39418"
    assert counts["ye-net"]["fc"] == counts["ye-net"]["paper_fc"] == "87562"


def test_published_numbers_that_were_not_run_stand_in_a_block_of_their_own(finished):
    tables = finished / "results/tables"
    for name, count in (("table1", 6), ("table2", 8), ("table3", 20), ("table4", 20)):
        left = rows(tables / f"{name}-published.csv")
        assert len(left) == count and all(row["paper"] for row in left) and "accuracy" not in left[0], name
        ours, block = (tables / f"{name}.md").read_text().split("Published, and not run here:")
        assert len(re.findall(r"^\|", block, re.M)) == count + 2 and "| bossbase" not in ours
    assert not (tables / "table5-published.csv").exists()


def test_the_summary_holds_every_detector_on_every_stego_set(finished):
    """Four detectors of one stego set, two of two others, one of the last; of a combined one also its parts."""
    summary = rows(finished / "results/summary.csv")
    whole = [row for row in summary if not row["part"]]
    assert len(whole) == 4 + 2 + 2 + 1
    parts = {row["part"] for row in summary} - {""}
    assert parts == {
        *(f"embedder {name}" for name in ("jmipod", "juniward", "uerd")),
        *(f"quality {q}" for q in (75, 95)),
    }
    network = next(row for row in whole if row["recipe"] == "tiny")
    detector = finished / "results/detectors/sample/suniward-0.4bpp/xu-net-fc/tiny/seed-1/on/sample/suniward-0.4bpp"
    scores, metrics = rows(detector / "scores.tsv"), json.loads((detector / "metrics.json").read_text())
    right = sum((float(row["score"]) >= 0.5) == (row["label"] == "1") for row in scores)
    assert metrics["images"] == len(scores) == 16 and metrics["accuracy"] == right / 16 == float(network["accuracy"])
    assert float(network["cpu_seconds"]) > 0 and int(network["parameters"]) > 0


@pytest.fixture(scope="module")
def by_path(finished):
    """The run, and what Snakemake says as it makes what the configuration does not name: tests, a payload, exports."""
    exported = [f"results/export/sample/{name}" for name in EXPORTED]
    targets = (f"{TRAINED}/{NAMES[0]}/{TESTED}", f"{NEW}/SHA256SUMS", *exported)
    return finished, snakemake(finished, "--cores", 2, *targets, CUDA_VISIBLE_DEVICES="0").stdout


def test_detectors_are_tested_on_another_stego_set_by_path(by_path):
    """A network, features and their mean; the combined source is dealt anew, so that none of it was trained on."""
    trained = by_path[0] / TRAINED
    both, network, features = (rows(trained / name / TESTED) for name in NAMES)
    metrics = json.loads((trained / NAMES[1] / TESTED).with_name("metrics.json").read_text())
    right = sum((float(row["score"]) >= 0.5) == (row["label"] == "1") for row in network)
    assert metrics["images"] == len(network) == len(both) == 16 and metrics["accuracy"] == right / 16
    share = json.loads((trained / NAMES[0] / "model.json").read_text())["chosen"]["weight"]
    expected = [
        share * float(row["score"]) + (1 - share) * float(other["score"])
        for row, other in zip(network, features, strict=True)
    ]
    assert [float(row["score"]) for row in both] == pytest.approx(expected)


def test_a_local_run_starts_no_more_trainings_than_there_are_gpus(by_path):
    assert 'Provided resources: gpu=Resource("gpu", 1)' in by_path[1]


def test_new_payload_by_path_reuses_the_covers(by_path):
    finished, said = by_path
    assert "rule embed" in said and "rule covers" not in said and "rule train" not in said
    shard = shards.read(finished / NEW / "test-000.h5")
    assert shard.attributes["payload"] == 0.2
    assert abs(shard.entropy_bits.mean() - 0.2 * 64 * 64) < 1


@pytest.mark.parametrize("name", EXPORTED)
def test_exported_stegos_are_those_of_the_shards_and_of_the_command(by_path, tmp_path, name):
    finished = by_path[0]
    stego_set, folder = StegoSet.parse(f"sample/{name}"), finished / f"results/export/sample/{name}"
    assert len([path for path in folder.rglob("*.*") if path.suffix in (".pgm", ".jpg")]) == 24
    shard = shards.read(finished / stego_set.shards / "test-000.h5")
    made = ["--embedder", stego_set.embedder, "--payload", "0.4", "--seed", "1", "--origin", stego_set.origin]
    covers = finished / "results/covers" / stego_set.origin / "test-000"
    assert command.main(["embed", *made, "--out", str(tmp_path / "out"), str(covers)]) == 0
    stegos = sorted(file for file in (folder / "test").iterdir() if file.name != "SHA256SUMS")
    assert [stego.stem for stego in stegos] == shard.names.tolist() and len(stegos) == 8
    for stego, pixels in zip(stegos, shard.stego, strict=True):
        assert (tmp_path / "out" / stego.name).read_bytes() == stego.read_bytes()
        read = images.read_pgm(stego) if stego.suffix == ".pgm" else jpeg.read(stego).luminance
        assert (read == pixels).all()


def test_no_photograph_is_in_two_splits(finished):
    split_of = {}
    for row in rows(finished / "results/covers/sample/split.tsv"):
        assert split_of.setdefault(row["group"], row["split"]) == row["split"]
    assert set(split_of.values()) == {"train", "val", "test"}


def test_second_call_does_nothing_and_says_so(finished):
    assert "Nothing to be done" in snakemake(finished, "--cores", 2, "results/tables", "results/report.html").stdout


def test_what_is_planned_does_not_depend_on_what_lies_on_disk(finished, tmp_path):
    """Forced, the jobs of a finished run are those of an empty folder."""
    plans = [
        snakemake(folder, "-n", "--forceall", "results/tables", "datasets").stdout
        for folder in (finished, tiny(tmp_path / "empty"))
    ]
    planned, empty = (sorted(re.findall(r"^rule .*:\n(?:    (?:input|output): .*\n)+", plan, re.M)) for plan in plans)
    assert planned == empty and len(planned) > 100


def planned(folder, *arguments):
    """Names of the rules that a run would start."""
    return set(re.findall(r"^rule (\w+):$", snakemake(folder, "-n", *arguments).stdout, re.M))


@pytest.fixture
def copy(finished, tmp_path):
    """A copy of the finished run to change."""
    shutil.copytree(finished, tmp_path / "copy")
    return tmp_path / "copy"


def test_covers_are_deleted_and_made_again_for_a_new_payload_only(copy):
    covers = copy / "results/covers/sample"
    before = {path.relative_to(copy): path.read_bytes() for path in covers.rglob("SHA256SUMS")}
    for folder in [*covers.glob("*-000"), *covers.glob("*-001"), *covers.glob("q75")]:
        shutil.rmtree(folder)
    targets = ("results/tables", "results/report.html", "datasets")
    assert planned(copy, *targets) == set()
    new = ("results/shards/sample/uerd-q75-0.1bpnzac/SHA256SUMS", "--resources", "gpu=7")
    assert 'gpu=Resource("gpu", 7)' in snakemake(copy, "--cores", 2, *new, CUDA_VISIBLE_DEVICES="0").stdout
    assert {path: (copy / path).read_bytes() for path in before} == before
    assert planned(copy, *targets) == set()
    config = yaml.safe_load((copy / "config.yaml").read_text())
    config["sources"]["sample"]["resize"] = "matlab"
    (copy / "config.yaml").write_text(yaml.safe_dump(config))
    assert {"covers", "jpeg_covers", "embed", "features", "train", "fit", "score"} <= planned(copy, *targets)


def test_newer_scripts_and_results_of_release_0_2_train_nothing_again(copy):
    """Scores lay beside the weights, and hashes in other tables; all of it is older than every script."""
    for sums in [*copy.glob("results/shards/*/*/SHA256SUMS"), *copy.glob("results/features/*/*/*/SHA256SUMS")]:
        sums.unlink()
    for scores in list(copy.glob("results/detectors/**/on")):
        shutil.rmtree(scores)
    # what is missing below tables that are there is not made again
    for name in ("tables", "figures", "datasets"):
        shutil.rmtree(copy / "results" / name)
    for name in ("summary.csv", "report.html"):
        (copy / "results" / name).unlink()
    year = 365 * 24 * 3600
    for path in copy.rglob("*"):
        os.utime(path, (path.stat().st_atime - year, path.stat().st_mtime - year))
    rules = planned(copy, "results/tables", "datasets")
    assert rules == {"manifest", "feature_manifest", "score", "weigh", "summary", "report", "card", "datasets"}


@pytest.mark.slow
def test_same_bytes_for_one_core_and_for_two(finished, tmp_path):
    once_more = tiny(tmp_path / "again")
    detectors = ("sample/suniward-0.4bpp/xu-net-lstm/tiny-chain/seed-1", "photographs+sample/wow-1bpp/spam-fld/seed-0")

    def scores_of(name):
        detector = TrainedDetector.parse(name)
        return detector.scored(detector.stego_set, "scores.tsv")

    snakemake(once_more, "--cores", 1, "datasets", *map(scores_of, detectors))
    expected, got = hashes(finished), hashes(once_more)
    expected = {name: value for name, value in expected.items() if name in got}
    assert len(got) > 30 and got == expected
    assert {"results/datasets/alaska2-crop/juniward-precomputed.md"} <= set(got)
    assert len([name for name in got if name.startswith("results/detectors/")]) > 4


def test_verify_passes_what_was_made_and_names_what_was_changed(tmp_path, finished):
    assert "files match their SHA256SUMS" in snakemake(finished, "--cores", 1, "verify").stdout
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
    card = (finished / "results/datasets/alaska2-crop/juniward-precomputed.md").read_text()
    assert "- 1 covers left out, as a stego is missing: 00005\n" in card
    assert "- 1 covers left out, as the stego equals its cover: 00008\n" in card
    assert "Licence: CC BY-NC-ND 4.0" in card
    card = (finished / "results/datasets/sample/wow-1bpp.md").read_text()
    pairs_file = finished / "results/shards/sample/wow-1bpp/pairs.tsv"
    payload = np.mean([float(row["payload"]) for row in rows(pairs_file) if row["shard"].startswith("test")])
    assert any(f"{payload:.5f}" in line for line in card.splitlines() if line.startswith("| test"))


def test_a_chain_starts_from_its_start(finished):
    """The weights of the smaller windows at the higher payload, taken over but for the head."""
    small = finished / "results/detectors/sample/suniward-1bpp/xu-net-fc/tiny-small/seed-1"
    log = (finished / "results/logs/train/sample/suniward-0.4bpp/xu-net-lstm/tiny-chain/seed-1.log").read_text()
    assert f"starts from {small.relative_to(finished)}: 11 of 14 layers" in log
    assert json.loads((small / "model.json").read_text())["image_size"] == 40
    assert not (small / "on").exists() and not list(finished.rglob("checkpoint.npz"))


def test_online_embedding_draws_from_kept_probabilities_of_train_only(finished):
    kept = finished / "results/probabilities"
    sets = ("jmipod-q75-0.4bpnzac", "juniward-q75-0.4bpnzac", "suniward-0.4bpp", "suniward-1bpp", "uerd-q75-0.4bpnzac")
    assert sorted(path.relative_to(kept).as_posix() for path in kept.rglob("*.h5")) == [
        f"sample/{name}/train-{n:03d}.h5" for name in sets for n in range(2)
    ]


def test_combined_sources_train_on_both_and_test_on_one(finished):
    name = "photographs+sample/wow-1bpp"
    metrics = finished / f"results/detectors/{name}/xu-net-lstm/tiny/seed-1/on/{name}/metrics.json"
    assert json.loads(metrics.read_text())["images"] == 16
    assert "16 training, 4 validation, 8 test pairs" in (finished / "results/tables/table4.md").read_text()


def test_covers_of_one_name_in_two_sources_share_no_random_numbers():
    seeds = {embedding.seed_of("wow", 1.0, 1, origin, "1") for origin in ("bossbase", "bows2", "bossbase/q75")}
    assert len(seeds) == 3


def test_jpeg_shards_carry_table_quality_changes_and_coefficients(finished):
    shard = shards.read(finished / "results/shards/sample/uerd-q75-0.4bpnzac/test-000.h5")
    assert shard.attributes["quality"] == 75 and shard.attributes["unit"] == "bpnzAC"
    cover, stego = shard.planes["cover_coefficients"], shard.planes["stego_coefficients"]
    assert (stego == cover + shard.planes["changes"]).all()
    assert shard.elements[0] == np.count_nonzero(cover[0]) - np.count_nonzero(cover[0][::8, ::8])
    assert shard.change_rate[0] == np.mean(cover[0] != stego[0])
    assert (embedders.dct.decode(stego[0], shard.planes["quantization_table"][0]) == shard.stego[0]).all()
    assert abs(shard.entropy_bits - 0.4 * shard.elements).max() < 1
    assert (shard.planes["quality"] == 75).all()
    listed = rows(finished / "results/shards/sample/uerd-q75-0.4bpnzac/pairs.tsv")
    assert len(listed) == 24 and all(abs(float(row["payload"]) - 0.4) < 0.01 for row in listed)


def test_precomputed_pairs_are_counted(finished):
    folder = finished / "results/shards/alaska2-crop"
    found = {path: shards.read(path) for path in folder.rglob("*.h5")}
    assert len(found) == 8
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
    assert ("juniward-precomputed", "00008") in dropped and len(dropped) < 5
    for path, shard in found.items():
        assert not {name for embedder, name in dropped if embedder == path.parent.name} & set(shard.names)
        assert shard.attributes["dropped"] + len(shard.names) == 2
        assert shard.planes["cover_coefficients"].shape == (len(shard.names), 64, 64)
    log = (finished / "results/logs/split/alaska2-crop.log").read_text()
    assert "1 covers left out, as a stego is missing: 00005" in log


def test_report_shows_every_stego_set_of_the_run(finished):
    page, figures = (finished / "results/report.html").read_text(), finished / "results/figures"
    drawn = {path.stem for path in figures.glob("strips-*.svg")}
    # stego sets of the run; others were made by tests above
    manifests = {f"strips-{path.parts[-3]}-{path.parts[-2]}" for path in finished.rglob("shards/*/*/SHA256SUMS")}
    assert drawn <= manifests and len(drawn) == 9
    assert all(name.removeprefix("strips-") in page for name in drawn)
    shown = {row["cover"] for row in rows(figures / "strips.csv") if row["stego_set"] == "sample/uerd-q75-0.4bpnzac"}
    names = shards.read(finished / "results/shards/sample/uerd-q75-0.4bpnzac/test-000.h5").names
    assert shown and shown <= set(names.tolist()) and str(finished) not in page
    assert (figures / "curves-sample-suniward-0.4bpp.png").stat().st_size > 10_000


def test_snakemakes_own_report_tells_where_results_come_from(finished):
    snakemake(finished, "--report", "provenance.html", "results/tables")
    assert "curves-sample-suniward-0.4bpp" in (finished / "provenance.html").read_text()
