"""From entry points and files to names to things."""

import dataclasses
import importlib
import pickle
import subprocess
import sys

import pytest

from seqbench import SeqbenchError
from seqbench.catalogue import KINDS, Catalogue, choice_of

METRIC = """
from seqbench import Metric, hookimpl

@hookimpl
def metrics():
    return [Metric("{name}", "higher", lambda split, outputs: 0.0)]
"""

ARCHITECTURE = """
from dataclasses import dataclass, field
from typing import Annotated, Literal
from seqbench import Architecture, Model, hookimpl

@dataclass(frozen=True)
class Net(Architecture):
    name = "net"
    need: {need}
    lr: float = 1
    heads: int = 2  # must divide width
    bias: bool = True
    kind: Literal["a", "b"] = "a"
    kernels: tuple[int, ...] = (3, 5)  # of the convolutions, # and so on
    level: Literal[1, 2] = 1
    limit: int | None = None
    hidden: int = field(default=0, init=False)

    def __post_init__(self):
        if self.heads == 3:
            raise ValueError("heads must divide width")
        if self.heads == 5:
            raise KeyError("a slip")

    def fit(self, lesson):
        return Model(lambda inputs, lengths=None: inputs, 0)

@hookimpl
def architectures():
    return [Net]
"""


@pytest.fixture(autouse=True)
def nothing_bundled(monkeypatch):
    monkeypatch.setenv("SEQBENCH_PLUGINS_BLOCK", "bundled")


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Lays out a distribution `<name> 2.5` as pip does; files by path, with their text."""
    made = []

    def install(name, files, point=None):
        for path, text in files.items():
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            made.append(path.partition("/")[0].removesuffix(".py"))
        info = tmp_path / f"{name}-2.5.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.5\n")
        (info / "entry_points.txt").write_text(f"[seqbench]\n{name} = {point or name}\n")
        importlib.invalidate_caches()

    monkeypatch.syspath_prepend(tmp_path)
    yield install
    for module in list(sys.modules):
        if module.partition(".")[0] in made:
            del sys.modules[module]


@pytest.fixture
def file(tmp_path):
    """Writes a plugin file."""

    def write(text, name="plugin.py"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


def test_the_bundled_plugins_come_by_the_same_door(monkeypatch):
    monkeypatch.delenv("SEQBENCH_PLUGINS_BLOCK")
    found = Catalogue.installed()
    assert found.home("tasks", "associative_recall").startswith("seqbench ")
    assert found.blocked == []


def test_an_entry_point_can_be_blocked():
    found = Catalogue.installed()
    assert found.blocked == ["bundled"]
    with pytest.raises(SeqbenchError, match=r"blocked by SEQBENCH_PLUGINS_BLOCK: bundled"):
        found.get("tasks", "associative_recall")


def test_the_catalogue_is_quick_to_import():
    heavy = "torch", "pandas", "numba", "pydantic", "yaml"
    code = f"import sys, seqbench.catalogue; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


BROKEN = {
    "import": ("import no_such_library", "ModuleNotFoundError: No module named 'no_such_library'"),
    "syntax": ("def f(:", "SyntaxError"),
    "exit": ("raise SystemExit(3)", "SystemExit: 3"),
    "base": ("class E(BaseException):\n  def __str__(self): 1 / 0\nraise E", "E"),
    "raises": (METRIC.format(name="a").replace("return", "1 / 0; return"), "ZeroDivisionError"),
    "none": (METRIC.format(name="a").replace("return", "return None;"), "metrics() gave None"),
    "type": (METRIC.format(name="a").replace("return", "return [3];"), "3, which is no Metric"),
    "name": (METRIC.format(name="a b"), "is named 'a b'"),
    "dot": (METRIC.format(name="a.b"), "is named 'a.b'"),
    "hook": (
        METRIC.format(name="a").replace("def metrics", "def metric"),
        "no hook is called 'metric'; did you mean 'metrics'?",
    ),
    "argument": (METRIC.format(name="a").replace("metrics()", "metrics(x)"), "x"),
    "undecorated": (
        ARCHITECTURE.format(need="int = 0").replace("@dataclass(frozen=True)", ""),
        "Net needs @dataclass(frozen=True) above it",
    ),
    "thawed": (
        ARCHITECTURE.format(need="int = 0")
        .replace("@dataclass(frozen=True)", "@dataclass")
        .replace("class Net(Architecture)", "class Net(Architecture)"),
        "Net needs @dataclass(frozen=True) above it",
    ),
    "abstract": (
        ARCHITECTURE.format(need="int = 0").replace("def fit", "def fitt"),
        "Net lacks fit",
    ),
    "annotation": (ARCHITECTURE.format(need="'Tensor' = 0"), "'Tensor' is not defined"),
    "reserved": (
        ARCHITECTURE.format(need="int = 0").replace("heads", "train"),
        "Net.train: suites use this word",
    ),
}


@pytest.mark.parametrize("slip", BROKEN)
def test_a_broken_plugin_is_named_and_takes_no_other_down(install, slip):
    text, reason = BROKEN[slip]
    install("bad-plugin", {"bad_plugin.py": text}, point="bad_plugin")
    install("good-plugin", {"good_plugin.py": METRIC.format(name="good")}, point="good_plugin")
    found = Catalogue.installed()
    assert found.names("metrics") == ["good"]
    assert list(found.broken) == ["bad_plugin"]
    assert found.broken["bad_plugin"].startswith("bad-plugin 2.5: ")
    assert reason in found.broken["bad_plugin"]
    with pytest.raises(SeqbenchError) as caught:
        found.get("architectures", "net")
    assert "plugin bad_plugin could not be loaded: bad-plugin 2.5" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_broken_plugin_observes_nothing(install):
    observer = "@hookimpl\ndef machine_facts():\n    return {'from': 'bad'}\n"
    install(
        "bad", {"bad.py": METRIC.format(name="a").replace("return [", "return [3, ") + observer}
    )
    found = Catalogue.installed()
    assert list(found.broken) == ["bad"]
    assert found.names("metrics") == []
    assert found.hook.machine_facts() == []


def test_of_many_broken_plugins_the_likeliest_is_named(install):
    for name in ("a_one", "b_two", "c_three", "my_net", "z_four"):
        install(name, {f"{name}.py": "raise ValueError"})
    with pytest.raises(SeqbenchError) as caught:
        Catalogue.installed().get("architectures", "net")
    told = str(caught.value).partition("; plugin ")[2]
    assert told.startswith("my_net could not be loaded: my_net 2.5: ")
    assert told.count("could not be loaded") == 3
    assert told.endswith("and 2 more could not")


def test_the_line_of_a_broken_plugin_is_told(install):
    install("bad", {"bad.py": "x = 1\n\nimport json.nonsense\n"})
    assert "bad.py:3: ModuleNotFoundError" in Catalogue.installed().broken["bad"]


def test_a_keyboard_interrupt_is_not_a_broken_plugin(install, file):
    with pytest.raises(KeyboardInterrupt):
        Catalogue.installed(file("raise KeyboardInterrupt"))
    install("bad", {"bad.py": "raise KeyboardInterrupt"})
    with pytest.raises(KeyboardInterrupt):
        Catalogue.installed()


@pytest.mark.parametrize("point", ["gone_module", "gone_package.sub", "json:loads", "..", "a b"])
def test_a_wrong_entry_point_is_a_broken_plugin(install, point):
    install("odd", {}, point=point)
    assert any("odd 2.5" in reason for reason in Catalogue.installed().broken.values())


def test_damaged_metadata_of_one_distribution_harm_no_other(install, tmp_path):
    install("good", {"good.py": METRIC.format(name="good")})
    other = tmp_path / "damaged-1.0.dist-info"
    other.mkdir()
    (other / "entry_points.txt").write_bytes(b"[seqbench]\nx = \xff\n")
    found = Catalogue.installed()
    assert found.names("metrics") == ["good"]
    assert any("damaged" in plugin for plugin in found.broken)


def test_every_module_of_a_package_is_a_plugin(install):
    hooked = METRIC.format(name="face") + "\nfrom pack.metrics.deep.own import helper"
    install(
        "pack",
        {
            "pack/__init__.py": "",
            "pack/one.py": METRIC.format(name="one"),
            "pack/__main__.py": "raise SystemExit",
            "pack/bad.py": "import no_such_library",
            "pack/metrics/__init__.py": "",
            "pack/metrics/two.py": METRIC.format(name="two"),
            "pack/metrics/deep/__init__.py": hooked,
            "pack/metrics/deep/own.py": "helper = 1" + METRIC.format(name="hidden"),
            "pack/metrics/deep/unused.py": "import no_such_library",
        },
    )
    found = Catalogue.installed()
    assert found.names("metrics") == ["face", "one", "two"]
    assert list(found.broken) == ["pack.bad"]


def test_two_things_of_one_name_are_refused_with_both_homes(install, file):
    install("first", {"first.py": METRIC.format(name="twin")})
    other = file(METRIC.format(name="twin"), "other.py")
    with pytest.raises(SeqbenchError) as caught:
        Catalogue.installed(other)
    assert "two metrics are called 'twin'" in str(caught.value)
    assert "first 2.5 (first)" in str(caught.value)
    assert str(other) in str(caught.value)


def test_one_thing_offered_twice_is_one_thing(install):
    again = "from one_home import *\nfrom one_home import THING\nfrom seqbench import hookimpl\n"
    again += "@hookimpl\ndef metrics(): return [THING]"
    once = METRIC.format(name="same").replace("return [", "return [THING]\nTHING = (").strip()[:-1]
    install("one-home", {"one_home.py": once + ")"}, point="one_home")
    install("two-home", {"two_home.py": again}, point="two_home")
    assert Catalogue.installed().names("metrics") == ["same"]


def test_all_kinds_and_the_observers_are_hooks(file):
    plugin = file(
        """
from dataclasses import dataclass
from seqbench import Executor, Metric, Probe, Report, hookimpl
from seqbench import Architecture, Signature, Task, Tokens

@dataclass(frozen=True)
class A(Architecture):
    name = "a"
    def fit(self, lesson): ...

@dataclass(frozen=True)
class T(Task):
    name = "t"
    metrics = ("m",)
    def signature(self): return Signature(Tokens(2), Tokens(2), 3)

@dataclass(frozen=True)
class E(Executor):
    name = "e"
    def run(self, work, trials, site): return iter(())

@dataclass(frozen=True)
class P(Probe):
    name = "p"
    def measure(self, subject): return []

@dataclass(frozen=True)
class R(Report):
    name = "r"
    def render(self, frames): return ""

@hookimpl
def architectures(): return (A,)
@hookimpl
def tasks(): yield T
@hookimpl
def metrics(): return {Metric("m", "lower", max)}
@hookimpl
def executors(): return [E]
@hookimpl
def reports(): return [R]
@hookimpl
def probes(): return [P]

SEEN = []
@hookimpl
def machine_facts(): return {"colour": "blue"}
@hookimpl
def run_started(trials): SEEN.append(len(trials))
@hookimpl
def trial_finished(result): SEEN.append(result)
"""
    )
    found = Catalogue.installed(plugin)
    assert {kind: found.names(kind) for kind in KINDS} == {
        "architectures": ["a"],
        "tasks": ["t"],
        "metrics": ["m"],
        "probes": ["p"],
        "executors": ["e"],
        "reports": ["r"],
    }
    assert found.hook.machine_facts() == [{"colour": "blue"}]
    found.hook.run_started(trials=[1, 2])
    found.hook.trial_finished(result="x")
    seen = sys.modules[found.get("tasks", "t").__module__].SEEN
    assert seen == [2, "x"]


def test_a_file_stands_in_nobodys_way(file):
    import random

    plugin = file(METRIC.format(name="dice"), "random.py")
    found = Catalogue.installed(plugin, plugin)
    assert found.names("metrics") == ["dice"]
    assert found.home("metrics", "dice") == str(plugin)
    assert sys.modules["random"] is random


def test_things_of_a_file_can_be_pickled_and_a_changed_file_is_read_anew(file):
    plugin = file(ARCHITECTURE.format(need="int = 0"))
    made = Catalogue.installed(plugin).make("architectures", "net", {"heads": 4})
    assert type(made) is Catalogue.installed(plugin).get("architectures", "net")
    assert pickle.loads(pickle.dumps(made)) == made
    file(ARCHITECTURE.format(need="int = 7"))
    assert Catalogue.installed(plugin).make("architectures", "net", {}).need == 7


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1\n1 / 0\n", "plugin.py:2: ZeroDivisionError: division by zero"),
        ("x = (\n", "plugin.py:1: SyntaxError"),
        ("import sys\nsys.exit('no\\nmore')\n", "plugin.py:2: SystemExit: no more"),
        ("\n\nimport no_such_library", "plugin.py:3: ModuleNotFoundError"),
        ("x = 1", "it offers nothing; no function is marked @hookimpl"),
        (METRIC.format(name="a").replace("return", "1 / 0; return"), "plugin.py:6: ZeroDivision"),
        (METRIC.format(name="a").replace("return", "return 3;"), "metrics() gave 3"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_an_error_of_one_line(file, text, told):
    plugin = file(text)
    with pytest.raises(SeqbenchError) as caught:
        Catalogue.installed(plugin)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(plugin) in str(caught.value)


def test_a_file_that_raises_leaves_no_half_of_a_module_behind(file):
    before = set(sys.modules)
    with pytest.raises(SeqbenchError):
        Catalogue.installed(file("x = 1\n1 / 0"))
    assert not [name for name in set(sys.modules) - before if "plugin" in name]


def test_a_file_that_is_no_file_is_told(tmp_path, file):
    for path in (tmp_path / "gone.py", tmp_path, file("x = 1", "plugin.txt")):
        with pytest.raises(SeqbenchError, match="no plugin file stands there"):
            Catalogue.installed(path)


@pytest.fixture
def net(file):
    return Catalogue.installed(file(ARCHITECTURE.format(need="int")))


GOOD = [
    ("lr", 3, 3.0),
    ("lr", 1e-3, 0.001),
    ("heads", 4, 4),
    ("bias", False, False),
    ("kind", "b", "b"),
    ("kernels", [1, 2], (1, 2)),
    ("kernels", (1,), (1,)),
    ("level", 2, 2),
    ("limit", None, None),
    ("limit", 3, 3),
]


@pytest.mark.parametrize(("key", "given", "kept"), GOOD)
def test_a_value_becomes_its_field(net, key, given, kept):
    value = getattr(net.make("architectures", "net", {"need": 1, key: given}), key)
    assert value == kept
    assert type(value) is type(kept)


BAD = [
    ("lr", "1", "net.lr takes float, not '1'"),
    ("lr", True, "net.lr takes float, not True"),
    ("lr", float("nan"), "net.lr takes a finite number, not nan"),
    ("lr", float("inf"), "net.lr takes a finite number, not inf"),
    ("lr", None, "net.lr takes float, not None"),
    ("heads", True, "net.heads takes int, not True"),
    ("heads", 2.0, "net.heads takes int, not 2.0: write 2"),
    ("heads", "1_000", "net.heads takes int, not '1_000': write 1000"),
    ("bias", 1, "net.bias takes bool, not 1"),
    ("bias", "yes", "net.bias takes bool, not 'yes'"),
    ("kind", "c", "net.kind takes 'a' | 'b', not 'c'"),
    ("kernels", 3, "net.kernels takes tuple[int, ...], not 3: a list is a sweep"),
    ("kernels", [1, True], "net.kernels takes tuple[int, ...], not [1, True]"),
    ("level", True, "net.level takes 1 | 2, not True"),
    ("limit", 1.5, "net.limit takes int | None, not 1.5"),
    ("limit", object(), "net.limit takes int | None, not <object"),
    ("haeds", 3, "net has no setting 'haeds'; did you mean 'heads'? (known: bias, heads,"),
    ("hidden", 3, "net has no setting 'hidden'"),
    ("x" * 10_000, 3, "net has no setting 'xxxx"),
]


@pytest.mark.parametrize(("key", "given", "told"), BAD, ids=lambda part: repr(part)[:20])
def test_a_value_of_another_type_is_refused(net, key, given, told):
    [(where, message)] = net.problems("architectures", "net", {"need": 1, key: given})
    assert where == key
    assert message.startswith(told)
    assert len(message) < 300
    with pytest.raises(SeqbenchError, match=r"^net[. ]"):
        net.make("architectures", "net", {"need": 1, key: given})


def test_all_problems_come_at_once(net):
    found = net.problems("architectures", "net", {"lr": "x", "haeds": 1, "bias": 0})
    assert [key for key, _ in found] == ["lr", "haeds", "bias", None]
    assert found[-1][1] == "net needs its setting 'need'"


def test_what_a_plugin_itself_objects_to_is_told(net):
    settings = {"need": 1, "heads": 3}
    [(key, message)] = net.problems("architectures", "net", settings)
    assert key is None
    assert message == "net(need=1, heads=3): heads must divide width"
    [(key, message)] = net.problems("architectures", "net", settings | {"heads": 5})
    assert message == "net(need=1, heads=5): KeyError: 'a slip'"


def test_settings_are_shown_with_their_comments(net):
    shown = net.settings("architectures", "net")
    assert [tuple(setting) for setting in shown] == [
        ("need", "int", dataclasses.MISSING, ""),
        ("lr", "float", 1, ""),
        ("heads", "int", 2, "must divide width"),
        ("bias", "bool", True, ""),
        ("kind", "'a' | 'b'", "a", ""),
        ("kernels", "tuple[int, ...]", (3, 5), "of the convolutions, # and so on"),
        ("level", "1 | 2", 1, ""),
        ("limit", "int | None", None, ""),
    ]


def test_a_default_of_another_type_than_it_declares_is_told(file):
    found = Catalogue.installed(file(ARCHITECTURE.format(need="int = None")))
    with pytest.raises(SeqbenchError, match=r"net\.need takes int, not None"):
        choice_of(found.make("architectures", "net", {}))


def test_a_choice_holds_every_setting_as_plain_json(net):
    choice = choice_of(net.make("architectures", "net", {"need": 1, "kernels": [7]}))
    assert choice.settings == {
        "need": 1,
        "lr": 1.0,
        "heads": 2,
        "bias": True,
        "kind": "a",
        "kernels": [7],
        "level": 1,
        "limit": None,
    }
    assert type(choice.settings["lr"]) is float  # declared so, though its default is written 1
    assert choice_of(net.make("architectures", "net", choice.settings)) == choice


def test_a_metric_has_no_settings(file):
    found = Catalogue.installed(file(METRIC.format(name="m")))
    assert found.make("metrics", "m", {}).name == "m"
    assert found.settings("metrics", "m") == []
    assert found.problems("metrics", "m", {"k": 5}) == [("k", "the metric m has no settings")]


def test_a_missed_name_is_answered_with_its_neighbours(net):
    with pytest.raises(
        SeqbenchError, match=r"no architecture is called 'nett'; did you mean 'net'"
    ):
        net.get("architectures", "nett")
    with pytest.raises(SeqbenchError, match=r"no task is called 'zebra' \(known: none\)"):
        net.get("tasks", "zebra")
    assert net.problems("tasks", "zebra", {})[0][0] is None
