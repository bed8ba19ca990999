"""A suite is read whole or refused with everything that is wrong with it."""

from pathlib import Path

import pytest

from seqbench import SeqbenchError
from seqbench.suite import open_suite, plan, read_suite

LEAST = "tasks: [copy]\narchitectures: [net]\n"


def slips(path, world, overrides=()):
    """Everything said against a suite, without its path."""
    with pytest.raises(SeqbenchError) as caught:
        read_suite(path, world, overrides)
    return [line.replace(f"{path}:", "") for line in str(caught.value).splitlines()]


def test_the_least_suite_has_its_defaults(write, world):
    suite = read_suite(write(LEAST), world)
    assert suite.name == "s"
    assert suite.seeds == (0, 1, 2)
    assert [entry.name for entry in suite.tasks] == ["copy"]
    assert str(suite.executor) == "inline(workers=1, hosts=[])"  # there is no `process` here
    assert [str(report) for report in suite.reports] == ["table(columns=task)"]
    assert (suite.about, suite.plugins, suite.measure, suite.unresolved) == ("", (), (), ())


def test_a_full_suite_is_read(write, world):
    suite = read_suite(
        write("""
about: >-
  All of
  it.
seeds: [5, 3]
train: {examples: 1000, batch: 64, lr: [1e-3, 3e-3], clip: 1}
sizes: {train: 100}
x-wide: &wide {layers: 2, bias: false}
x-more: [[[anything]], {at: all}]
tasks:
  - copy: {length: [4, 16], test: {length: [4, 8], noise: 0}, train: {lr: 1}, sizes: {test: 7}}
  - book
architectures:
  - mean:
  - net: {<<: *wide, width: 32, kernels: [[1], [1, 2]], train: {batch: [1, 2]}}
measure: [loss, loss]
executor: {inline: {workers: 2, hosts: [a, b]}}
report: [table: {columns: no}]
"""),
        world,
    )
    copy, book = suite.tasks
    mean, net = suite.architectures
    assert suite.about == "All of it."
    assert suite.seeds == (5, 3)
    assert suite.train == {
        "examples": (1000,),
        "batch": (64,),
        "lr": (0.001, 0.003),
        "clip": (1.0,),
    }
    assert suite.sizes == {"train": 100}
    assert copy.settings == {"length": (4, 16)}
    assert copy.test == {"length": (4, 8), "noise": (0.0,)}
    assert (copy.train, copy.sizes) == ({"lr": (1.0,)}, {"test": 7})
    assert (book.settings, mean.settings) == ({}, {})
    assert net.settings == {
        "layers": (2,),
        "bias": (False,),
        "width": (32,),
        "kernels": ((1,), (1, 2)),
    }
    assert net.train == {"batch": (1, 2)}
    assert suite.measure == ("loss",)
    assert suite.executor.settings == {"workers": 2, "hosts": ["a", "b"]}
    assert suite.reports[0].settings == {"columns": "no"}


def test_all_slips_come_at_once_with_their_places(write, world):
    path = write(
        """suite: CON
about: 12
seeds: [1, 1]
trian: {}
train: {lr: [0, 1e-3, "x"], exampels: 5, batch: 0, patience: true, clip: .nan}
sizes: {train: [1, 2], tst: 3}
tasks:
  - coppy
  - copy: {lenth: 3, length: 1}
  - copy: {length: [2.0, 1_000, 3], test: {length: [4, x]}}
architectures:
  - net: {width: 3, layers: 2}
  - net: {drop: yes, bias: no}
  - net:
    width: 3
  - 17
  - net: 5
measure: [loss, lss]
executor: {inline: {worker: 3, workers: x}}
report: tabel
""",
        whole=True,
    )
    found = slips(path, world, ["train.lr=zz", "tasks.book.length=3", "seeds", "a..b=1"])
    places = [line.split(" ")[0] for line in found]
    assert places == [
        *["--set"] * 4,
        *["1:8:", "2:8:", "3:8:", "4:1:", "5:29:", "5:49:", "5:62:", "5:74:", "6:16:", "6:24:"],
        *["8:5:", "9:5:", "9:12:", "10:21:", "10:26:", "10:56:"],
        *["12:5:", "13:17:", "13:28:", "14:5:", "16:5:", "17:10:"],
        *["18:17:", "19:21:", "19:41:", "20:9:"],
    ]
    told = "\n".join(found)
    for words in (
        "'CON': a suite is named with a-z",
        "about takes a text, not 12: put it in quotes",
        "a suite has no 'trian'; did you mean 'train'? (known: about, ",
        "train has no 'exampels'; did you mean 'examples'?",
        "train.batch takes a number from 1 to 1000000, not 0",
        "no task is called 'coppy'; did you mean 'copy'? (known: alone, book, copy, lost, wrong)",
        "copy has no 'lenth'; did you mean 'length'? (known: length, noise, sep)",
        "copy(length=1): length is 2 or more",
        "copy.length takes int, not 2.0: write 2",
        "net(width=3, layers=2): width is no multiple of layers",
        "net.drop takes float, not 'yes'",
        "indent the settings below their name",
        "no metric or probe is called 'lss'; did you mean 'loss'? (known: depth, exact, loss)",
        "report takes a list, not 'tabel': write [tabel]",
        "--set train.lr: train.lr takes float, not 'zz'",
        "--set tasks.book.length: tasks has no 'book' (known: coppy, copy)",
        "--set seeds: write key=value, as in train.lr=0.01",
        "--set a..b: write key=value",
    ):
        assert words in told


ONE = [
    ("", "the suite has no 'tasks', which every suite needs"),
    ("tasks: []\narchitectures: [net]", "2:8: tasks is empty; it takes at least one name"),
    ("tasks:\narchitectures: [net]", "2:7: tasks is empty; it takes at least one name"),
    ("tasks: copy\narchitectures: [net]", "2:8: tasks takes a list, not 'copy': write [copy]"),
    ("tasks: {copy: {}}\narchitectures: [net]", "2:8: tasks takes a list, not {'copy': {}}"),
    (LEAST + "seeds: 0", "4:8: seeds takes a number from 1 to 10000"),
    (LEAST + "seeds: true", "seeds takes a number"),
    (LEAST + "seeds: 1.0", "seeds takes a number"),
    (LEAST + "seeds: []", "seeds takes a number"),
    (LEAST + "seeds: [0, -1]", "seeds takes a number"),
    (LEAST + "seeds: [0, true]", "seeds takes a number"),
    (LEAST + "seeds: [[0]]", "seeds takes a number"),
    (LEAST + "seeds: 10001", "seeds takes a number"),
    (LEAST + "train: 3", "4:8: train takes `key: value` pairs, not 3"),
    (LEAST + "train: {lr: []}", "4:13: train.lr: an empty list sweeps over nothing"),
    (LEAST + "train: {lr: [[0.1]]}", "4:14: train.lr takes float, not [0.1]"),
    (LEAST + "train: {lr: {a: 1}}", "train.lr takes float, not {'a': 1}"),
    (LEAST + "train: {lr: -0.1}", "train.lr takes a number from"),
    (LEAST + "train: {examples: 1e3}", "train.examples takes int, not 1000.0: write 1000"),
    (LEAST + "sizes: {test: 0}", "4:15: sizes.test takes a number from 1 to"),
    (LEAST + "sizes: {test: 9999999999}", "sizes.test takes a number from 1 to"),
    (LEAST + "executor: process", "4:11: no executor is called 'process' (known: inline)"),
    (LEAST + "executor: [inline]", "4:11: write name, or `name: {setting: value}`"),
    (LEAST + "report: [table: {columns: 3}]", "4:27: table.columns takes str, not 3"),
    (LEAST + "measure: exact", "measure takes a list, not 'exact': write [exact]"),
    (LEAST + "measure: [1]", "4:11: write name, or `name: {setting: value}`, not 1"),
    (LEAST + "about:", "4:7: about takes a text, not None"),
    (LEAST + "? [a]\n: b", "4:3: a key must be plain text"),
    ("tasks: [copy: {test: 3}]\narchitectures: [net]", "2:22: test takes `key: value` pairs"),
    ("tasks: [copy: {test: {size: 3}}]\narchitectures: [net]", "2:23: copy has no 'size'"),
    ("tasks: [copy: {test: {length: [5, 1]}}]\narchitectures: [net]", "length is 2 or more"),
    ("tasks: [copy]\narchitectures: [net: {test: {width: 1}}]", "3:23: net has no 'test'"),
    ("tasks: [copy]\narchitectures: [net: {sizes: {train: 1}}]", "net has no 'sizes'"),
    ("tasks: [copy]\narchitectures: [net: {kernels: [3, 5]}]", "one tuple is written [[1, 2]]"),
    ("tasks: [copy, ~]\narchitectures: [net]", "2:15: write name, or `name: {setting: value}`"),
]


@pytest.mark.parametrize(("text", "told"), ONE)
def test_a_slip_is_told(write, world, text, told):
    found = slips(write(text), world)
    assert any(told in line for line in found), found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "it is empty; a suite begins with `suite: NAME`"),
        ("# nothing", "it is empty"),
        ("- copy", "a suite is `key: value` pairs"),
        ("copy", "a suite is `key: value` pairs"),
        ("suite: s\nsuite: t", "2:1: the key 'suite' stands here twice, first at line 1"),
        ("suite s\ntasks: []", "not YAML: mapping values are not allowed in this context"),
    ],
)
def test_what_is_no_suite_is_told_in_one_line(write, world, text, told):
    found = slips(write(text, whole=True), world)
    assert any(told in line for line in found), found


@pytest.mark.parametrize(
    "name",
    [
        *("../up", "/abs", "a/b", "a\\b", "..", ".hidden", "a.", "~", "c:x", "${HOME}"),
        *("-x", "A", "é", "a b", "a\nb", "", "x" * 65, "nul", "aux", "com1.txt"),
        *("null", "1", "true"),
    ],
)
def test_a_name_that_could_leave_its_folder_is_refused(write, world, name):
    quoted = "" if name in ("null", "1", "true") else '"'
    text = name.replace("\\", "\\\\").replace("\n", "\\n")
    [found] = slips(write(f"suite: {quoted}{text}{quoted}\n{LEAST}", whole=True), world)
    assert found.startswith("1:8: ")


@pytest.mark.parametrize("name", ["a", "1a", "recall-2.b_c", "console", "com10", "x" * 64])
def test_a_name_that_is_a_fine_folder_is_taken(write, world, name):
    assert read_suite(write(f"suite: {name}\n{LEAST}", whole=True), world).name == name


def test_a_task_whose_metric_is_missing_is_refused(write, world_file, tmp_path):
    (tmp_path / "w.py").write_text(world_file.read_text().replace('Metric("exact"', 'Metric("e"'))
    with pytest.raises(SeqbenchError, match="told by the metric 'exact', which is not installed"):
        open_suite(write(LEAST + "plugins: [w.py]"))


class TestPluginFiles:
    """A suite names files beside or below itself, and nothing is run before that is sure."""

    @pytest.fixture
    def beside(self, world_file, tmp_path):
        (tmp_path / "deep").mkdir()
        (tmp_path / "deep" / "world.py").write_text(world_file.read_text())
        return tmp_path

    def test_they_are_loaded(self, write, beside):
        suite, catalogue = open_suite(write(LEAST + "plugins: [deep/world.py]"))
        assert suite.plugins == (beside / "deep" / "world.py",)
        assert catalogue.home("tasks", "copy") == str(beside / "deep" / "world.py")
        assert plan(suite, catalogue)

    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("../world.py", "it must lie beside or below the suite"),
            ("deep/../../world.py", "it must lie beside or below the suite"),
            ("deep/../deep/world.py", "it must lie beside or below the suite"),
            ("..\\\\world.py", "it must lie beside or below the suite"),
            ("c:\\\\world.py", "it must lie beside or below the suite"),
            ("/etc/world.py", "it must lie beside or below the suite"),
            ("link.py", "it must lie beside or below the suite"),
            ("gone.py", "there is no file "),
            ("deep", "there is no file "),
            ("x" * 3000 + ".py", "File name too long"),
            ("s.yaml", "a plugin is a file named *.py"),
        ],
    )
    def test_they_cannot_lie_elsewhere(self, write, beside, tmp_path_factory, name, told):
        outside = tmp_path_factory.mktemp("outside") / "world.py"
        outside.write_text("raise AssertionError('this must not be run')")
        (beside / "link.py").symlink_to(outside)
        with pytest.raises(SeqbenchError) as caught:
            open_suite(write(f'{LEAST}plugins: ["{name}"]'))
        [line] = str(caught.value).splitlines()  # that `copy` is not known is no news
        assert "s.yaml:4:11: plugin " in line
        assert told in line

    def test_unless_that_is_allowed(self, write, beside, tmp_path):
        (tmp_path / "suites").mkdir()
        file = write(f'{LEAST}plugins: ["../deep/world.py"]', "suites/s.yaml")
        suite, _ = open_suite(file, allow_plugins=True)
        assert suite.plugins[0].samefile(beside / "deep" / "world.py")
        file = write(f"{LEAST}plugins: [{beside}/deep/world.py]", "suites/s.yaml")
        assert open_suite(file, allow_plugins=True)[0].plugins[0].is_absolute()

    @pytest.mark.parametrize("value", ["world.py", "[3]", "[deep/world.py, deep/world.py]"])
    def test_they_are_a_list_of_names(self, write, beside, value):
        with pytest.raises(SeqbenchError, match=r"s\.yaml:4:\d+: plugin"):
            open_suite(write(f"{LEAST}plugins: {value}"))

    def test_one_that_raises_is_told_in_one_line(self, write, beside):
        (beside / "bad.py").write_text("\n1 / 0")
        with pytest.raises(SeqbenchError) as caught:
            open_suite(write(LEAST + "plugins: [bad.py]"))
        assert str(caught.value).count("\n") == 0
        assert "s.yaml:4:1: " in str(caught.value)
        assert "bad.py:2: ZeroDivisionError: division by zero" in str(caught.value)

    def test_without_them_the_rest_can_be_read_and_nothing_is_run(self, write, beside):
        (beside / "bad.py").write_text("raise AssertionError('this must not be run')")
        text = f"{LEAST}plugins: [bad.py, deep/world.py]\nmeasure: [loss]\nexecutor: inline\n"
        suite, catalogue = open_suite(write(text), load_plugins=False)
        assert [file.name for file in suite.plugins] == ["bad.py", "world.py"]
        assert set(suite.unresolved) == {"copy", "net", "loss", "inline", "table"} - {"table"}
        assert plan(suite, catalogue) == []

    def test_without_them_other_slips_are_still_told(self, write, beside):
        text = f"{LEAST}plugins: [deep/world.py]\nseeds: no\n"
        with pytest.raises(SeqbenchError, match=r"s\.yaml:5:8: seeds takes"):
            open_suite(write(text), load_plugins=False)


class TestOverrides:
    """`--set` stands above the file."""

    def read(self, write, world, text, *overrides):
        return read_suite(write(text), world, overrides)

    def test_values_are_put_in_by_dotted_path(self, write, world):
        suite = self.read(
            write,
            world,
            "tasks: [copy, book: {length: 4}, copy: {length: 5}]\narchitectures: [net]\n",
            *("seeds=2", "train.lr=[1e-3, 1]", "train.batch=7", "sizes.test = 9", "suite=other"),
            *("tasks.copy.noise=0.5", "tasks.book.length=[6, 7]", "tasks.book.train.clip=0"),
            *("tasks.copy.test.length=[3, 4]", "architectures.net.width=8", "about='1'"),
            *("executor.inline.workers=4", "report.table.columns=x", "measure=[loss]"),
        )
        one, book, two = suite.tasks
        assert (suite.name, suite.seeds, suite.about) == ("other", (0, 1), "1")
        assert suite.train == {"lr": (0.001, 1.0), "batch": (7,)}
        assert suite.sizes == {"test": 9}
        assert one.settings == {"noise": (0.5,)}
        assert two.settings == {"length": (5,), "noise": (0.5,)}
        assert one.test == two.test == {"length": (3, 4)}
        assert (book.settings, book.train) == ({"length": (6, 7)}, {"clip": (0.0,)})
        assert suite.architectures[0].settings == {"width": (8,)}
        assert suite.executor.settings["workers"] == 4
        assert suite.reports[0].settings == {"columns": "x"}
        assert suite.measure == ("loss",)

    def test_the_last_one_counts_and_the_file_is_not_needed(self, write, world):
        overrides = "seeds=5", "tasks=[copy: {length: 3}]", "architectures=[net]", "seeds=[7]"
        suite = self.read(write, world, "", *overrides)
        assert suite.seeds == (7,)
        assert suite.tasks[0].settings == {"length": (3,)}

    @pytest.mark.parametrize(
        ("override", "told"),
        [
            ("train.lr=x", "--set train.lr: train.lr takes float, not 'x'"),
            ("train.lr=[1, x]", "--set train.lr: train.lr takes float, not 'x'"),
            ("train.rl=1", "--set train.rl: train has no 'rl'"),
            ("trian.lr=1", "--set trian.lr: a suite has no 'trian'"),
            (
                "tasks.cpy.length=4",
                "--set tasks.cpy.length: tasks has no 'cpy'; did you mean 'copy'",
            ),
            ("tasks.copy.lenth=4", "--set tasks.copy.lenth: copy has no 'lenth'"),
            ("tasks.copy=4", "--set tasks.copy: copy is set by its settings"),
            ("seeds.a=4", "--set seeds.a: there is no 'a' within 2"),
            (
                "executor.ray.workers=2",
                "--set executor.ray.workers: the suite's executor is 'inline'",
            ),
            ("train.lr=[1", "--set train.lr:2:1: not YAML"),
            ("train.lr=.nan", "--set train.lr:1:1: .nan is no finite number"),
            ("train.lr=*a", "--set train.lr:1:1: not YAML: found undefined alias"),
            ("=1", "--set : write key=value"),
            ("suite=../x", "--set suite: '../x': a suite is named with"),
        ],
    )
    def test_an_error_names_the_override(self, write, world, override, told):
        text = LEAST + "seeds: 2\nexecutor: inline\n"
        found = slips(write(text), world, [override])
        assert any(line.startswith(told) for line in found), found


def test_a_relative_path_is_told_as_it_was_given(write, world, tmp_path, monkeypatch):
    write("tasks: 3\narchitectures: [net]")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SeqbenchError, match=r"^s\.yaml:2:8: tasks takes a list"):
        read_suite(Path("s.yaml"), world)
