"""The report: what its figures say, that it asks no host, and that it opens in a real browser."""

import csv
import re
import shutil
import time
import warnings
from dataclasses import replace

import numpy as np
import pytest
import report_run
from report_run import INFORMATION, JPEG, PAIRS, SETTINGS, SPATIAL

import embedders
from stegdata import DataError, shards
from stegdata.formats import images, jpeg
from workflow.report import detectors, page, sets, strips, times

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("report")


@pytest.fixture(scope="module")
def inputs(root):
    return report_run.make(root)


@pytest.fixture(scope="module")
def report(root, inputs):
    """The page; its figures are in the folder of the same name."""
    path = root / "results/report.html"
    page.write(path, root / "results/report", inputs, SETTINGS)
    return path


def table(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_figure_comes_as_png_and_svg_with_its_numbers(report):
    folder = report.with_suffix("")
    names = {path.stem for path in folder.glob("*.png")}
    assert names == {path.stem for path in folder.glob("*.svg")}
    strip_names = {f"strips-sample-{name}" for name in (SPATIAL, JPEG, INFORMATION)}
    assert names == strip_names | {"flow", "histograms", "times", "roc", "accuracy", "cross"}
    assert {path.stem for path in folder.glob("*.csv")} == names - strip_names | {"strips"}


def test_same_run_same_bytes(report, root, inputs):
    page.write(root / "again.html", root / "again", inputs, SETTINGS)
    assert (root / "again.html").read_bytes() == report.read_bytes()
    for path in report.with_suffix("").iterdir():
        assert (root / "again" / path.name).read_bytes() == path.read_bytes(), path.name


def test_flow_counts_covers_groups_pairs_and_scored_images(report):
    rows = {tuple(row.values())[:4]: (row["number"], row["of"]) for row in table(report.with_suffix("") / "flow.csv")}
    assert rows["covers", "sample", "", "test"] == ("4", "2") and rows["covers", "sample", "", "train"] == ("0", "0")
    assert rows["pairs", "sample", JPEG, "test"] == ("4", "")
    assert rows["scored images", "sample", SPATIAL, "test"] == ("8", "1")


def test_flow_joins_a_union_to_its_parts():
    union = ("bossbase+bows2", "jmipod+uerd-q75-0.4bpnzac")
    assert sets._joined(("bows2", "uerd-q75-0.4bpnzac"), union)
    assert sets._joined(("bossbase", ""), ("bossbase", "uerd-q75-0.4bpnzac"))
    assert not sets._joined(("bows2", "uerd-q95-0.4bpnzac"), union)
    assert not sets._joined(("sample", "uerd-q75-0.4bpnzac"), union)
    assert not sets._joined(("bows2", "juniward-q75-0.4bpnzac"), union)


def test_histograms_hold_every_pair_once(report, inputs):
    rows = table(report.with_suffix("") / "histograms.csv")
    for quantity in ("change_rate", "payload"):
        for path in inputs.pairs:
            name = f"sample {path.parts[-2]}"
            bins = [row for row in rows if (row["stego_set"], row["quantity"]) == (name, quantity)]
            assert sum(int(row["pairs"]) for row in bins) == PAIRS
            values = [float(row[quantity]) for row in sets.read_tsv(path)]
            full = [(float(row["from"]), float(row["to"])) for row in bins if row["pairs"] != "0"]
            assert all(any(low <= value <= high for low, high in full) for value in values)


def test_roc_starts_at_none_and_ends_at_all(report, inputs):
    rows = detectors.roc(inputs.scores)
    curve = [(row["false_alarm"], row["detection"]) for row in rows if row["stego_set"] == f"sample {SPATIAL}"]
    assert curve[0] == (0, 0) and curve[-2] == (1, 1) and curve == sorted(curve[:-1]) + curve[-1:]
    # stegos score 1/8, 3/8, 5/8, 7/8, covers 0.3
    assert curve[-1] == (0, 0.5) and (0, 0.75) in curve


def test_long_roc_is_thinned_but_whole(tmp_path):
    path = tmp_path / "sample/wow-1bpp/xu-net-fc/quick/seed-1/scores.tsv"
    path.parent.mkdir(parents=True)
    generator = np.random.default_rng(1)
    lines = [f"{label}\t{generator.normal(label)}" for label in (0, 1) for _ in range(2000)]
    path.write_text("\n".join(["label\tscore", *lines]) + "\n")
    curve = [row for row in detectors.roc([path]) if row["point"] == "curve"]
    assert len(curve) == detectors.POINTS
    assert [(curve[i]["false_alarm"], curve[i]["detection"]) for i in (0, -1)] == [(0, 0), (1, 1)]
    area = np.trapezoid([row["detection"] for row in curve], [row["false_alarm"] for row in curve])
    assert abs(area - 0.76) < 0.02  # of two normal distributions one standard deviation apart


def test_accuracies_are_those_of_the_tables(inputs):
    assert detectors.accuracies(inputs.tables) == [
        {"stego_set": "sample suniward 0.4bpp", "training": "xu-net Strategy (fc) quick"}
        | {"accuracy": 0.625, "low": 0.4, "high": 0.8, "paper": 0.78}
    ]


def test_times_are_summed_by_rule(inputs):
    assert times.by_rule(inputs.benchmarks) == [
        {"rule": "train", "jobs": 2, "minutes": 4.0, "mean_seconds": 120.0, "longest_seconds": 180.0, "peak_mb": 1001},
        {"rule": "tables", "jobs": 1, "minutes": 0.05, "mean_seconds": 3.0, "longest_seconds": 3.0, "peak_mb": ""},
    ]


@pytest.mark.parametrize("number", range(3))
def test_strips_show_what_the_shard_holds(inputs, number):
    path, jpeg_covers = inputs.shown[number]
    shard = shards.read(path)
    for strip in strips.of_shard(path, jpeg_covers):
        row = strip.facts["row"]
        assert (strip.cover == shard.cover[row]).all() and (strip.stego == shard.stego[row]).all()
        assert np.mean(strip.changes != 0) == shard.change_rate[row]
        # as many changes as their probabilities say, within four standard deviations
        expected, spread = strip.probability.sum(), np.sqrt((strip.probability * (1 - strip.probability)).sum())
        assert abs(np.count_nonzero(strip.changes) - expected) < 4 * spread
        assert strip.cost.shape == strip.probability.shape == strip.changes.shape


def test_strips_of_pixels_only_leave_the_maps_out(inputs, tmp_path):
    path = tmp_path / "shards/alaska2-crop/uerd-given/test-000.h5"
    path.parent.mkdir(parents=True)
    shutil.copy(inputs.shown[1][0], path)
    strip = strips.of_shard(path, None)[0]
    assert strip.cost is None and strip.probability is None
    assert (strip.changes == strip.stego.astype(int) - strip.cover).all()
    strips.draw(tmp_path / "strips", [strip])
    assert (tmp_path / "strips.png").stat().st_size > 5000


def test_strips_refuse_covers_that_changed_since(inputs, tmp_path):
    path, jpeg_covers = inputs.shown[1]
    shutil.copytree(jpeg_covers, tmp_path / "q75")
    cover = jpeg.read(tmp_path / "q75/camera-0.jpg")
    plane = cover.coefficients[0].copy()
    plane[0, 0] += 1
    jpeg.write(cover.path, cover, [plane])
    with pytest.raises(DataError, match="expected the stego of camera-0 that embedding gives once more"):
        strips.of_shard(path, tmp_path / "q75")


def test_change_probabilities_carry_the_message():
    cover = images.resize(np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8) ** 2, size=64)
    p_p1, p_m1 = embedders.change_probabilities("wow", cover, payload=0.4)
    rest = 1 - p_p1 - p_m1
    entropy = -sum(np.sum(p[p > 0] * np.log2(p[p > 0])) for p in (p_p1, p_m1, rest))
    assert abs(entropy - round(0.4 * cover.size)) < 0.01
    with pytest.raises(embedders.EmbedderError, match="expected a positive number of bpp"):
        embedders.change_probabilities("wow", cover, payload=0)


def test_page_names_what_it_was_made_with_and_asks_no_host(report, inputs):
    text = report.read_text()
    assert not re.search(r"(?:src|href)=\"(?!data:|#)", text) and "@import" not in text and "url(" not in text
    assert "&lt;b&gt;" in text  # what stands in a table is text
    assert "trainings <code>1, 2</code>" in text and "sample 3" in text
    for manifest in inputs.manifests:
        assert all(line["sha256"] in text for line in sets.read_tsv(manifest))
    assert "tensorflow&nbsp;2." in text and "data:image/svg+xml;base64," in text


def test_run_without_cross_matrix_has_no_place_for_it(root, inputs):
    page.write(root / "plain.html", root / "plain-figures", replace(inputs, cross=None), SETTINGS)
    assert "Cross-dataset" not in (root / "plain.html").read_text()
    assert not (root / "plain-figures/cross.svg").exists()


@pytest.fixture
def browser(report):
    """A headless Chromium, with the page open and the network off."""
    if not (CHROMIUM and DRIVER):
        warnings.warn("no chromium and chromedriver here: the report was not opened in a browser", stacklevel=1)
        pytest.skip("no chromium and chromedriver: install both (Debian: chromium chromium-driver)")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in (
        "headless=new",
        "force-prefers-reduced-motion",
        "no-sandbox",
        "disable-dev-shm-usage",
        "window-size=1280,900",
    ):
        options.add_argument(f"--{argument}")
    options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost")
    started = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    started.get(report.as_uri())
    yield started
    started.quit()


def test_page_opens_in_a_browser_and_answers_clicks(browser, tmp_path):
    assert browser.title == "Run tiny: detectability of stego sets"
    broken = "return [...document.images].filter(one => one.src && !one.naturalWidth).map(one => one.alt)"
    assert browser.execute_script(broken) == []
    assert len(browser.find_elements("css selector", "figure img")) == 6 + 3 + 3
    for link in browser.find_elements("css selector", "nav a"):
        link.click()
        place = f"return document.querySelector('{link.get_attribute('hash')}').getBoundingClientRect().top"
        _wait(lambda place=place: browser.execute_script(place) < 900 and browser.execute_script(place) >= 0)
        _wait(lambda link=link: "here" in link.get_attribute("class") or _at_end(browser))
    browser.find_element("css selector", "nav a[href='#strips']").click()
    closed = browser.find_elements("css selector", "#strips details:not([open]) > summary")
    assert len(closed) == 2
    for summary in closed:
        summary.click()
    assert all(one.is_displayed() for one in browser.find_elements("css selector", "#strips figure img"))
    browser.execute_script("scrollTo({top: 0, behavior: 'instant'})")
    browser.find_element("css selector", "#data .enlarge").click()
    dialog = browser.find_element("tag name", "dialog")
    assert dialog.is_displayed() and dialog.find_element("tag name", "img").size["width"] > 800
    dialog.find_element("tag name", "button").click()
    assert not dialog.is_displayed()
    wider = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert browser.execute_script(wider) <= 0
    assert browser.save_screenshot(str(tmp_path / "report.png")) and (tmp_path / "report.png").stat().st_size > 50_000
    assert [line for line in browser.get_log("browser") if line["level"] == "SEVERE"] == []


def _at_end(browser):
    return browser.execute_script("return innerHeight + scrollY >= document.body.scrollHeight - 2")


def _wait(true):
    for _ in range(100):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("waited five seconds in vain")
