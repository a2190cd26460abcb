"""The report: its figures and numbers, that it loads nothing from a host, and that it opens in a real browser."""

import re
import shutil
import time
import warnings
from contextlib import chdir
from pathlib import Path

import numpy as np
import pytest
import report_run
from making_shards import altered
from report_run import JPEG, RUN, SETS, SHOWN
from working_folder import rows

from stegdata import DataError, checksums, shards
from stegdata.formats import jpeg
from stegdata.names import StegoSet
from workflow.report import curves, run, strips

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")


@pytest.fixture(scope="module", autouse=True)
def root(tmp_path_factory):
    """The working folder of all tests."""
    folder = tmp_path_factory.mktemp("report")
    with chdir(folder):
        yield folder


@pytest.fixture(scope="module")
def plan(root):
    return report_run.make()


@pytest.fixture(scope="module")
def report(root, plan):
    """The folder of tables, figures and page."""
    report_run.write_report(plan, root / "results")
    return root / "results"


def test_every_figure_comes_as_png_and_svg_with_its_numbers(report):
    folder = report / "figures"
    names = {path.stem for path in folder.glob("*.png")}
    assert names == {path.stem for path in folder.glob("*.svg")}
    of_sets = {f"{figure}-sample-{stego_set.name}" for figure in ("strips", "curves") for stego_set in SETS}
    assert names == of_sets | {"reliability", "roc", "accuracy", "cross-dataset"}
    assert {path.stem for path in folder.glob("*.csv")} == names - of_sets | {"strips", "training-curves"}


def test_same_run_same_bytes(report, plan, tmp_path):
    report_run.write_report(plan, tmp_path)
    for path in tmp_path.rglob("*.*"):
        assert (report / path.relative_to(tmp_path)).read_bytes() == path.read_bytes(), path.name


def test_splits_count_groups_covers_and_pairs(report):
    counts = [tuple(row.values()) for row in rows(report / "tables/splits.csv")]
    assert counts[:2] == [("sample", "", "groups", "0", "0", "2"), ("sample", "", "covers", "0", "0", "4")]
    assert counts[2:] == [("sample", stego_set.name, "pairs", "0", "0", "4") for stego_set in SETS]


def test_roc_starts_at_none_and_ends_at_all(report, plan):
    curve = list(curves.roc(plan.detectors[:1])[["false_alarm", "detection"]].itertuples(index=False, name=None))
    assert curve[0] == (0, 0) and curve[-2] == (1, 1) and curve == sorted(curve[:-1]) + curve[-1:]
    # stegos score 1/8, 3/8, 5/8, 7/8, covers 0.3
    assert curve[-1] == (0, 0.5) and (0, 0.75) in curve


def test_times_of_jobs_are_summed(plan, report):
    assert run.seconds(Path("results/benchmarks")) == 123 and "2.0 min" in (report / "report.html").read_text()


@pytest.mark.parametrize("stego_set", SETS, ids=str)
def test_strips_show_what_the_shard_holds(plan, stego_set):
    shard = shards.read(Path(stego_set.shard(SHOWN)))
    for strip in strips.of_shard(stego_set, SHOWN):
        row = strip.facts["row"]
        assert (strip.cover == shard.cover[row]).all() and (strip.stego == shard.stego[row]).all()
        assert np.mean(strip.changes != 0) == shard.change_rate[row]
        # as many changes as their probabilities say, within four standard deviations
        expected, spread = strip.probability.sum(), np.sqrt((strip.probability * (1 - strip.probability)).sum())
        assert abs(np.count_nonzero(strip.changes) - expected) < 4 * spread
        assert strip.cost.shape == strip.probability.shape == strip.changes.shape


def test_strips_of_pixels_only_leave_the_maps_out(plan, tmp_path):
    precomputed = StegoSet.parse("alaska2-crop/uerd-precomputed")
    Path(precomputed.shards).mkdir(parents=True)
    shutil.copy(JPEG.shard(SHOWN), precomputed.shard(SHOWN))
    with altered(precomputed.shard(SHOWN)) as file:
        del file["changes"]
    strip = strips.of_shard(precomputed, SHOWN)[0]
    assert strip.cost is None and strip.probability is None
    assert (strip.changes == strip.stego.astype(int) - strip.cover).all()
    strips.draw(tmp_path / "strips", [strip])
    assert (tmp_path / "strips.png").stat().st_size > 5000


def test_strips_refuse_covers_that_changed_since(plan, tmp_path, monkeypatch):
    shutil.copytree("results", tmp_path / "results")
    monkeypatch.chdir(tmp_path)
    cover = jpeg.read(Path(JPEG.covers(SHOWN)) / "c0.jpg")
    plane = cover.coefficients[0].copy()
    plane[0, 0] += 1
    jpeg.write(cover.path, cover, [plane])
    with pytest.raises(DataError, match=r"test-000\.h5: expected the cover c0 of its shard, got another: it changed"):
        strips.of_shard(JPEG, SHOWN)


def test_page_names_settings_and_software_and_loads_nothing_from_a_host(report):
    text = (report / "report.html").read_text()
    assert not re.search(r"(?:src|href)=\"(?!data:|#)", text) and "@import" not in text and "url(" not in text
    assert "&lt;b&gt;tiny" in text and RUN not in text  # escaped in titles, tables and notes
    assert "trainings <code>1, 2</code>" in text and "sample 3" in text
    for stego_set in SETS:
        assert all(digest in text for digest in checksums.read(stego_set.shards).values())
    assert "tensorflow&nbsp;2." in text and "data:image/svg+xml;base64," in text


def test_run_without_cross_dataset_scores_has_no_matrix(plan, tmp_path, monkeypatch):
    for figures, function in ((strips, "write"), (curves, "training")):  # half of the time
        monkeypatch.setattr(figures, function, lambda *_: [])
    report_run.write_report(report_run.plan(cross_dataset=False), tmp_path)
    assert "Cross-dataset" not in (tmp_path / "report.html").read_text()
    assert not (tmp_path / "figures/cross-dataset.svg").exists()
    assert "nothing for this table" in (tmp_path / "tables/cross-dataset.md").read_text()


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
    for argument in ["headless=new", "force-prefers-reduced-motion", "no-sandbox", "disable-dev-shm-usage"]:
        options.add_argument(f"--{argument}")
    options.add_argument("--window-size=1280,900")
    options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost")
    started = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    started.get((report / "report.html").as_uri())
    yield started
    started.quit()


def test_page_opens_in_a_browser_and_answers_clicks(browser, tmp_path):
    assert browser.title == f"Run {RUN}: detectability of stego sets"
    broken = "return [...document.images].filter(image => image.src && !image.naturalWidth).map(image => image.alt)"
    assert browser.execute_script(broken) == []
    assert len(browser.find_elements("css selector", "figure img")) == 4 + 3 + 3
    for link in browser.find_elements("css selector", "nav a"):
        link.click()
        top = f"return document.querySelector('{link.get_attribute('hash')}').getBoundingClientRect().top"
        _wait(lambda top=top: 0 <= browser.execute_script(top) < 900)
        _wait(lambda link=link: "here" in link.get_attribute("class") or _at_end(browser))
    browser.find_element("css selector", "nav a[href='#strips']").click()
    closed = browser.find_elements("css selector", "#strips details:not([open]) > summary")
    assert len(closed) == 2
    for summary in closed:
        summary.click()
    assert all(image.is_displayed() for image in browser.find_elements("css selector", "#strips figure img"))
    browser.execute_script("scrollTo({top: 0, behavior: 'instant'})")
    browser.find_element("css selector", "#accuracy .enlarge").click()
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


def _wait(condition):
    for _ in range(100):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("waited five seconds in vain")
