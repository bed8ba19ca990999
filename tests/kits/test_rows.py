"""Files of texts and labels: good ones are read, and every bad one gets one clear line."""

import os

import pytest

from seqbench import Missing, SeqbenchError
from seqbench.kits.rows import read


def lay(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


@pytest.mark.parametrize(
    ("name", "content", "wanted"),
    [
        ("a.csv", "text,label\nhi,x\n\"a, b\nc\",y\n", [("hi", "x"), ("a, b\nc", "y")]),
        ("a.CSV", "\ufefflabel,id,text\r\nx,1,né\r\n", [("né", "x")]),
        ("a.csv", 'text,label\n"he said ""no""", x \n', [('he said "no"', "x")]),
        ("a.jsonl", '{"text": "hi", "label": 1}\n\n{"label": true, "text": "\\u00e9"}',
         [("hi", "1"), ("é", "true")]),
    ],
)  # fmt: skip
def test_files_as_they_come(tmp_path, name, content, wanted):
    assert list(read("task.file", lay(tmp_path, name, content))) == wanted


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "", "has no rows"),
        ("a.csv", "text,label\n", "has no rows"),
        ("a.csv", "words,label\nhi,x\n", "no column text among words, label"),
        ("a.csv", "text\nhi\n", "no column label among text"),
        ("a.csv", "text,label\nhi,x\nho\n", "row 2: the label is empty"),
        ("a.csv", "text,label\nhi,x\nho, ho,x\n", "row 2: 3 cells, and the header has 2"),
        ("a.csv", "text,label,text\nhi,x,ho\n", "two column text among text, label, text"),
        ("a.csv", "text,label\n , x\n", "row 1: the text is empty"),
        ("a.csv", 'text,label\n"hi"x,y\n', "row 1: "),
        ("a.csv", b"text,label\nhi,x\n\xe9,y\n", "line 3: this is not UTF-8"),
        ("a.csv", "text,label\n" + "x" * 200_000 + ",y\n", "row 1: field larger"),
        ("a.jsonl", '{"text": "hi", "label": "x"}\n{"text": "ho"}', "row 2: no label"),
        ("a.jsonl", '{"text": 3, "label": "x"}', "row 1: the text is no text"),
        ("a.jsonl", '{"text": "\\ud800", "label": "x"}', "row 1: the text is no text"),
        ("a.jsonl", '{"text": "hi", "label": 1.5}', "row 1: the label is no text"),
        ("a.jsonl", '{"text": "hi", "label": null}', "row 1: the label is empty"),
        ("a.jsonl", '\n{"text": "hi",', "line 2: no JSON"),
        ("a.jsonl", "[" * 100_000, "line 1: no JSON"),
        ("a.jsonl", "[1]", "line 1: no JSON object"),
        ("a.txt", "hi", "is neither .csv nor .jsonl"),
    ],
)
def test_a_bad_file_gets_one_line_with_its_place(tmp_path, name, content, said):
    file = lay(tmp_path, name, content)
    with pytest.raises(SeqbenchError) as slip:
        read("task.file", file)
    told = str(slip.value)
    assert told.startswith(f"task.file: {file}") and said in told and "\n" not in told
    assert "it takes a UTF-8 .csv" in told


def test_what_is_not_there(tmp_path):
    with pytest.raises(Missing, match=r"task\.file is not set; it takes"):
        read("task.file", "")
    for file in (tmp_path / "no.csv", tmp_path, "a\0.csv"):
        with pytest.raises(SeqbenchError, match=r"task\.file: .*(cannot be read|neither)"):
            read("task.file", str(file))


def test_a_changed_file_is_read_again(tmp_path):
    file = lay(tmp_path, "a.csv", "text,label\nhi,x\n")
    assert read("task.file", file) == (("hi", "x"),)
    lay(tmp_path, "a.csv", "text,label\nho,x\n")
    os.utime(file, (1, 1))
    assert read("task.file", file) == (("ho", "x"),)
