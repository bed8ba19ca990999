"""The page: what it says, that it is safe, and what it does in a browser."""

import re
import shutil
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import seqbench as front
from front_door import lay, seqbench
from plugins.reports import browser
from seqbench import Choice, Measurement, Point, Result, Sizes, Trial
from seqbench.catalogue import Catalogue
from seqbench.store import Store

HTML = Catalogue.installed().make("reports", "html", {})
FIGURES = Catalogue.installed().make("reports", "figures", {})
REFERENCE = Path(__file__).parents[3] / "results/reference/quickstart"
EVIL = "<script>alert(1)</script>"


def result(architecture, value, seed, task="recall", better="higher", chance=0.25, more=()):
    """One architecture's score on one seed, with a curve and costs."""
    trial = Trial(
        Choice(task),
        Choice(architecture),
        seed,
        {"lr": 0.1},
        Sizes(),
        metrics=("accuracy",),
    )
    first = Measurement("accuracy", value, "", "test", {}, better, chance)
    curve = tuple(Point(100 * k, 1 / k, 1.2 / k + 0.01 * seed) for k in (1, 2, 3))
    costs = {"parameters": 1000.0 + len(architecture), "flops_per_step": 2000.0}
    return Result(trial, "ok", None, (first, *more), curve, costs, {"threads": 1})


def memory(recall):
    """What the probe `memory` leaves: recall by distance, and the horizon."""
    told = [
        Measurement("recall", value, "", "probe", {"delay": d}, "higher")
        for d, value in recall.items()
    ]
    far = max((d for d, value in recall.items() if value >= 0.5), default=0)
    at = {"threshold": 0.5}
    told.append(Measurement("horizon", far, "delay", "probe", at, "higher"))
    return (*told, Measurement("horizon_censored", 0.0, "", "probe", at))


@pytest.fixture
def frames(tmp_path):
    """Two architectures on two tasks with memory, one failure with a nasty name and reason."""
    with Store(tmp_path / "results") as store:
        for seed in range(5):
            wobble = 0.01 * (seed % 3)
            for name, value, far in (("lstm", 0.9, 0.8), ("rnn", 0.5, 0.1)):
                probes = memory({4: 0.95, 16: 0.6 * far + wobble, 64: far - wobble})
                store.add(result(name, value + wobble, seed, more=probes))
                store.add(result(name, 0.7 + wobble * (name == "rnn"), seed, "echo"))
        bad = result(f"x{EVIL}", 0.5, 0)
        log = "\x1b[31mline\n</pre>" + EVIL
        store.add(
            replace(
                bad, status="failed", reason=EVIL, measurements=(), facts={"log": log, "threads": 1}
            )
        )
    return front.load(tmp_path / "results")


def words(html):
    """The sentences of the answer."""
    part = html.split('id="answer"')[1].split("</section>")[0]
    return re.findall(r"<li>(.*?)</li>", part)


def test_the_answer_says_who_leads_only_where_it_can_be_told(frames):
    told = words(HTML.render(frames))
    assert told[0].startswith(
        "On recall, lstm has the best accuracy, 0.908; ahead of the next, rnn"
    )
    assert "0.4 [0.4, 0.4], 5 seeds" in told[0]
    assert "rnn has the best" in told[1]
    assert "it cannot be told from lstm over 5 seeds" in told[1]


def test_the_answer_says_how_far_back(frames):
    told = next(one for one in words(HTML.render(frames)) if one.startswith("Memory on recall"))
    assert told.endswith("lstm ≥ 64, rnn 4")


def test_a_single_seed_tells_nothing(frames):
    one = frames.trials.seed == 0
    ids = set(frames.trials[one].id)
    parts = (frames.measurements, frames.curves)
    fewer = front.Frames(frames.trials[one], *(part[part.id.isin(ids)] for part in parts))
    assert "whether rnn is behind it one seed cannot tell" in words(HTML.render(fewer))[0]


def test_names_reasons_and_logs_are_text(frames):
    html = HTML.render(frames)
    page = html.split("<script>")[0]
    assert EVIL not in html.replace("&lt;script&gt;", "")
    assert "&lt;script&gt;alert(1)" in page
    assert "\x1b" not in html
    data = html.split('<script id="data" type="application/json">')[1].split("</script>")[0]
    assert "<" not in data


def test_nothing_is_fetched(frames):
    html = HTML.render(frames)
    markup = re.sub(r"<script.*?</script>", "", html, flags=re.S)
    assert not re.findall(r"<(?:script|link|img|iframe)\b", markup)
    assert not re.findall(r"<script[^>]+src", html)
    assert "default-src 'none'" in markup


def test_how_it_was_made_is_told(frames):
    suite = "suite: birds  # <b>\n  indented: yes\n"
    told = replace(frames, about={"suite": suite, "command": "seqbench run suite.yaml"})
    html = HTML.render(told)
    assert "suite: birds # &lt;b&gt;\n  indented: yes" in html
    assert "seqbench run suite.yaml" in html


def test_a_thousand_trials_stay_below_six_megabytes(frames):
    import pandas as pd

    parts = {name: [] for name in ("trials", "measurements", "curves")}
    for copy in range(48):  # of 21 trials
        for name, some in parts.items():
            part = getattr(frames, name)
            some.append(part.assign(id=part.id + f"-{copy}", task=part.task + str(copy)))
    many = front.Frames(*(pd.concat(some, ignore_index=True) for some in parts.values()))
    assert len(many.trials) > 1000
    assert len(HTML.render(many).encode()) < 6e6


def test_no_picture_is_drawn_from_nothing(tmp_path):
    with Store(tmp_path / "results") as store:
        store.add(replace(result("rnn", 0.5, 0), status="failed", measurements=(), curve=()))
    html = HTML.render(front.load(tmp_path / "results"))
    assert "data-chart" not in html
    assert 'id="missing"' in html


def test_figures_are_pictures_with_marks(frames):
    files = FIGURES.files(frames)
    kinds = {Path(name).suffix for name in files}
    assert kinds == {".svg", ".png", ".txt"}
    for name, content in files.items():
        if name.endswith(".svg"):
            root = ElementTree.fromstring(content)
            marks = [it for it in root.iter() if "mark-symbol" in it.get("class", "")]
            drawn = [path for mark in marks for path in mark.iter() if path.tag.endswith("path")]
            assert len(drawn) >= 2, name
            assert "alert(1)</script" not in content.decode()
        elif name.endswith(".png"):
            assert content.startswith(b"\x89PNG")


def test_from_the_command_line(tmp_path):
    folder = shutil.copytree(REFERENCE, tmp_path / "quickstart")
    told = seqbench("report", folder, "--report", "html", cwd=tmp_path)
    assert told.stdout.strip() == str(folder / "html.html")
    assert (folder / "html.html").read_text().startswith("<!doctype html>")


def test_a_run_leaves_its_suite_beside_the_records(tmp_path):
    suite = lay(tmp_path)
    seqbench("run", suite, cwd=tmp_path)
    assert (tmp_path / "results/birds/suite.yaml").read_text() == suite.read_text()


LOOK = """
  const all = (what) => [...page.document.querySelectorAll(what)];
  const empty = all('.chart').filter((it) => !it.querySelector('.mark-symbol path')).length;
  const marks = () => all('.mark-symbol path').length;
  const before = marks(), figures = () => all('figure').filter((it) => !it.hidden).length;
  const whole = figures();
  const box = (kind) => all(`input[data-${kind}]`)[0];
  const tick = (it) => { it.click(); };
  tick(box('architecture'));
  await new Promise((done) => page.setTimeout(done, 500));
  const fewer = marks();
  tick(box('architecture'));
  await new Promise((done) => page.setTimeout(done, 500));
  const again = marks();
  tick(box('task'));
  const cut = figures();
  const root = page.document.documentElement;
  const colour = page.getComputedStyle(page.document.body).backgroundColor;
  return {charts: all('.chart').length, empty, before, fewer, again, whole, cut, colour,
          wide: root.scrollWidth - root.clientWidth, named: all('.chart[aria-label]').length,
          fetched: page.performance.getEntriesByType('resource').length};
"""


@browser.needed
@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("dark", [False, True])
def test_it_works_in_a_browser(frames, tmp_path, width, dark):
    page = tmp_path / "html.html"
    page.write_text(HTML.render(frames), encoding="utf-8")
    told = browser.opened(page, LOOK, width, dark)
    assert told["wrong"] == []
    seen = told["seen"]
    assert seen["charts"] == seen["named"] > 5
    assert seen["empty"] == 0
    assert seen["fewer"] < seen["before"] == seen["again"]
    assert seen["cut"] < seen["whole"]
    assert seen["wide"] <= 0
    assert seen["fetched"] == 0
    shade = np.mean([int(n) for n in re.findall(r"\d+", seen["colour"])[:3]])
    assert (shade < 100) == dark
