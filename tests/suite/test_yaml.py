"""YAML 1.2 as plain data, with a place for everything, within budgets."""

import json
import os
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from seqbench import SeqbenchError
from seqbench.suite.yaml import load, parse

PRINTABLE = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), max_size=8)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | PRINTABLE
    # JSON and YAML 1.2 agree on floats, but for those too long or too large to be meant
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PRINTABLE, inner, max_size=4),
    max_leaves=20,
)


def data(text):
    document = parse(text, "s.yaml")
    document.problems.settle()
    return document.data


@given(JSON)
@settings(deadline=None)
def test_every_json_text_is_yaml_and_means_the_same(value):
    # "<<" is YAML's own, and libyaml lets a key in JSON style be 1024 signs long
    text = json.dumps(value, ensure_ascii=False)
    if '"<<"' not in text:
        assert data(text) == json.loads(text)


@given(st.recursive(st.integers(0, 9), lambda s: st.lists(s) | st.dictionaries(PRINTABLE, s)))
@settings(deadline=None)
def test_block_style_means_what_pyyaml_wrote(value):
    text = yaml.safe_dump(value, default_flow_style=False, allow_unicode=True)
    if "'<<'" not in text:
        assert data(text) == value


MEANT = {
    "1e-3": 0.001,
    "1E5": 100000.0,
    ".5": 0.5,
    "5.": 5.0,
    "-1.5": -1.5,
    "+3": 3,
    "-0": 0,
    "017": 17,
    "0o17": 15,
    "0x1F": 31,
    "9223372036854775807": 2**63 - 1,
    "no": "no",
    "off": "off",
    "yes": "yes",
    "on": "on",
    "y": "y",
    "true": True,
    "False": False,
    "TRUE": True,
    "tRUE": "tRUE",
    "null": None,
    "~": None,
    "": None,
    "12:30:45": "12:30:45",
    "2024-01-01": "2024-01-01",
    "1_000": "1_000",
    "0b11": "0b11",
    "1e": "1e",
    "nan": "nan",
    "inf": "inf",
    "4GiB": "4GiB",
    "1.2.3": "1.2.3",
    "'1'": "1",
    '"no"': "no",
    "|-\n  1\n  2": "1\n2",
    ">-\n  a\n  b": "a b",
    "a # comment": "a",
    "a#b": "a#b",
}


@pytest.mark.parametrize("text", MEANT)
def test_a_word_means_what_its_user_means(text):
    found = data(f"k: {text}")["k"]
    assert found == MEANT[text]
    assert type(found) is type(MEANT[text])


MERGED = [
    "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}",
    "a: &a {x: 1}\nb: &b {x: 2, z: 3}\nc: {<<: [*a, *b], w: 0}\nd: {<<: [*b, *a]}",
    "a: &a {x: 1}\nb: &b {<<: *a, y: 1}\nc: {y: 9, <<: *b}",
    "a: &a [1, {x: *b}]\n".replace("*b", "&b 3") + "c: [*a, *b]",
    "a: {<<: {x: 1}}\nb: {<<: []}",
]


@pytest.mark.parametrize("text", MERGED)
def test_anchors_and_merges_mean_what_pyyaml_says(text):
    assert data(text) == yaml.safe_load(text)


def test_everything_has_its_place():
    text = "# head\na: 1\nbé:\n  - x\n  - {k: [5, *s], <<: *m}\n"
    text = "s: &s 7\nm: &m {q: 8}\n" + text
    document = parse(text, "s.yaml")
    lines = text.splitlines()

    def sign(place):
        return lines[place.line - 1][place.column - 1]

    assert str(document.place(("a",))) == "s.yaml:4:4"
    assert str(document.key(("a",))) == "s.yaml:4:1"
    assert sign(document.place(("bé", 0))) == "x"
    assert sign(document.place(("bé", 1, "k", 0))) == "5"
    assert sign(document.key(("bé", 1, "k"))) == "k"
    assert sign(document.key(("bé", 1, "q"))) == "q"  # where it was written
    assert document.place(("bé", 1, "k", 0, "no", "such")) == document.place(("bé", 1, "k", 0))


ALIAS_BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 9)
)
MERGE_BOMB = "a0: &a0 {k: 1}\n" + "".join(
    f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}], k{i}: 1}}\n" for i in range(1, 21)
)
EMPTY_BOMB = "a0: &a0 {}\n" + "".join(
    f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}\n" for i in range(1, 60)
)
WIDE = "a: &a {" + ",".join(f"k{i}: 1" for i in range(20_000)) + "}\n"
WIDE += "".join(f"b{i}: {{<<: *a}}\n" for i in range(150))
AGAIN = "a: &a {" + ",".join(f"k{i}: 1" for i in range(20_000)) + "}\n"
AGAIN += f"b: {{<<: [{'*a, ' * 199}]}}\n"
CHAIN = "a0: &a0 {}\n" + "".join(f"a{i}: &a{i} {{x: *a{i - 1}}}\n" for i in range(1, 100))

HOSTILE = {
    "brackets": ("[" * 2**20, "s.yaml:1:41: nested deeper than 40"),
    "braces": ("{a: " * 200_000, "nested deeper than 40"),
    "dashes": ("- " * 500_000, "nested deeper than 40"),
    "questions": ("? " * 500_000, "nested deeper than 40"),
    "aliases": (ALIAS_BOMB, "more than 50000 values, aliases expanded"),
    "merges": (MERGE_BOMB, "more than 50000 values, aliases expanded"),
    "nothing merged": (EMPTY_BOMB, "more than 50000 values, aliases expanded"),
    "wide merges": (WIDE, "more than 50000 values, aliases expanded"),
    "one merge again and again": (AGAIN, "more than 50000 values, aliases expanded"),
    "chain": (CHAIN, "nested deeper than 40, aliases expanded"),
    "many aliases": ("a: &a 1\nb: [" + "*a, " * 201 + "]", "more than 200 aliases"),
    "many values": ("[" + "0, " * 300_000 + "]", "more than 50000 values"),
    "itself": ("&a [*a]", "s.yaml:1:1: an alias that contains itself"),
    "merges itself": ("a: &a {<<: *a}", "s.yaml:1:4: an alias that contains itself"),
    "tag": ("a: !!python/object/apply:os.system [id]", "s.yaml:1:4: tags are not allowed"),
    "str tag": ("a: !!str 1", "tags are not allowed: 'tag:yaml.org,2002:str'"),
    "bare tag": ("a: ! 1", "tags are not allowed: '!'"),
    "tag directives": ("".join(f"%TAG !{i}! b\n" for i in range(50_000)), "tags are not allowed"),
    "nan": ("a: .nan", "s.yaml:1:4: .nan is no finite number"),
    "inf": ("a: -.inf", "s.yaml:1:4: -.inf is no finite number"),
    "overflow": ("a: 1e999", "s.yaml:1:4: 1e999 is too large for a number"),
    "digits": ("a: " + "9" * 5000, "s.yaml:1:4: a number of 5000 digits"),
    "decimals": ("a: 0." + "1" * 500_000, "s.yaml:1:4: a number of 500002 digits"),
    "hex": ("a: 0x" + "f" * 17, "is too large; whole numbers go up to"),
    "huge": ("a: 9223372036854775808", "is too large"),
    "twice": ("a: 1\nb: 2\na: 3", "s.yaml:3:1: the key 'a' stands here twice, first at line 1"),
    "merged twice": ("m: &m {}\na: {<<: *m, <<: *m}", "the key '<<' stands here twice"),
    "merged word": ("a: {<<: 3}", "s.yaml:1:9: << takes a mapping, or a list of mappings"),
    "list as key": ("? [a]\n: b", "s.yaml:1:3: a key must be plain text"),
    "two documents": ("a: 1\n---\nb: 2", "s.yaml:2:1: not YAML: expected a single document"),
    "no anchor": ("a: *nope", "s.yaml:1:4: not YAML: found undefined alias"),
    "tabs": ("a:\n\tb: 1", "s.yaml:2:1: not YAML: while scanning for the next token"),
    "open": ("a: [1, 2", "not YAML: while parsing a flow sequence: did not find expected"),
    "version": ("%YAML 3.0\n---\na", "not YAML: found incompatible YAML document"),
    "control": ("a: \x1b[31m", "s.yaml:1:4: the control character U+001B is no text"),
    "nul": ("a: x\x00", "s.yaml:1:5: the control character U+0000 is no text"),
    "escaped": ('a: "\\e[31m"', "s.yaml:1:4: control characters are no text"),
    "surrogate": ('a: "\\ud800"', "s.yaml:1:"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_refused_at_once(name):
    text, told = HOSTILE[name]
    began = time.process_time()
    with pytest.raises(SeqbenchError) as caught:
        data(text)
    assert time.process_time() - began < 1
    assert told in str(caught.value)
    assert all(len(line) < 300 for line in str(caught.value).splitlines())


def test_problems_come_in_the_order_of_the_text_and_end_somewhere():
    with pytest.raises(SeqbenchError) as caught:
        data("b: .nan\na: .inf\nb: !x 1")
    lines = str(caught.value).splitlines()
    assert [line.split()[0] for line in lines] == [
        "s.yaml:1:4:",
        "s.yaml:2:4:",
        "s.yaml:3:1:",
        "s.yaml:3:4:",
    ]
    with pytest.raises(SeqbenchError) as caught:
        data("\n".join(f"k{i}: .nan" for i in range(5000)))
    assert str(caught.value).count("\n") == 100
    assert "more than 100 problems" in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"a: caf\xe9", "s.yaml:1:7: the byte 0xe9 is not UTF-8 text"),
        ("a: 1\nb: é".encode("utf-16"), "s.yaml:1:1: the byte 0xff is not UTF-8 text"),
        (b"a: x\ny: \xc3\xa9\xff", "s.yaml:2:5: the byte 0xff is not UTF-8 text"),
        (b"\x00" * 40, "s.yaml:1:1: the control character U+0000"),
        (b"#" * (2**20 + 1), "it is larger than 1048576 bytes"),
    ],
)
def test_a_file_that_is_no_text_is_told(tmp_path, raw, told):
    (tmp_path / "s.yaml").write_bytes(raw)
    with pytest.raises(SeqbenchError) as caught:
        load(tmp_path / "s.yaml")
    assert told in str(caught.value)


def test_a_path_that_is_no_file_is_told(tmp_path):
    with pytest.raises(SeqbenchError, match=r"gone\.yaml: no such file$"):
        load(tmp_path / "gone.yaml")
    with pytest.raises(SeqbenchError, match="this is no file but a folder"):
        load(tmp_path)
    os.mkfifo(tmp_path / "pipe")  # opening one would wait for ever
    with pytest.raises(SeqbenchError, match="this is no file"):
        load(tmp_path / "pipe")
    with pytest.raises(SeqbenchError, match="it cannot be read: File name too long"):
        load(tmp_path / ("x" * 300))


def test_a_byte_order_mark_and_windows_lines_are_nothing_special(tmp_path):
    (tmp_path / "s.yaml").write_bytes(b"\xef\xbb\xbfa: 1\r\nb: [2,\r\n 3]\r\n")
    document = load(tmp_path / "s.yaml")
    assert document.data == {"a": 1, "b": [2, 3]}
    assert str(document.place(("b", 1))).endswith("s.yaml:3:2")


def test_the_other_loader_of_pyyaml_does_the_same(monkeypatch):
    """Where PyYAML was built without libyaml."""
    text = "a: &a {x: [1, no, 1e-3]}\nb: {<<: *a, 'y': \"z\"}\nc: .nan\n"
    fast = parse(text, "s.yaml")
    monkeypatch.setattr("seqbench.suite.yaml.LOADER", yaml.BaseLoader)
    slow = parse(text, "s.yaml")
    assert (slow.data, slow.values, slow.keys) == (fast.data, fast.values, fast.keys)
    assert slow.problems.found == fast.problems.found
    with pytest.raises(SeqbenchError, match="nested deeper"):
        parse("[" * 30_000, "s.yaml")
