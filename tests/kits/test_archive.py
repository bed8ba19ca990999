import hashlib
import os
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from seqbench import Missing, SeqbenchError
from seqbench.kits import archive, cache
from seqbench.kits.archive import Member, Pin

# Stands in for pip: gives out wheels of a folder, and notes each time it was asked.
# Like pip, it leaves a file of that name alone that is there already.
FAKE_PIP = """
import os, pathlib, shutil, sys, time
index = pathlib.Path(os.environ["FAKE_INDEX"])
with (index / "asked").open("a") as log:
    log.write(" ".join(sys.argv[1:]) + "\\n")
time.sleep(0.3)
into = pathlib.Path(sys.argv[sys.argv.index("-d") + 1])
into.mkdir(parents=True, exist_ok=True)
wheels = list(index.glob("*.whl"))
if not wheels:
    sys.exit("WARNING: a remark\\nERROR: no matching distribution found")
for wheel in wheels:
    if not (into / wheel.name).exists():
        shutil.copy(wheel, into)
"""


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that the fake pip serves; the cache is an empty one."""
    folder = tmp_path / "index"
    folder.mkdir()
    (tmp_path / "fake").mkdir()
    (tmp_path / "fake" / "pip.py").write_text(FAKE_PIP)
    monkeypatch.setenv("FAKE_INDEX", str(folder))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "fake"))
    monkeypatch.setenv("SEQBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("SEQBENCH_OFFLINE", raising=False)
    return folder


@pytest.fixture
def member(index):
    wheel = index / "fake-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("fake/data.csv", "1,2\n")
    checksum = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return Member("toy", Pin("fake==1.0", wheel.name, checksum), "fake/data.csv", "a", "MIT")


def asked(index: Path) -> list[str]:
    log = index / "asked"
    return log.read_text().splitlines() if log.exists() else []


def wheels() -> Path:
    return cache.root() / "wheels"


def test_a_file_is_brought_once_and_read(member, index):
    assert archive.state(member).status == "missing"
    assert archive.read(member) == b"1,2\n"
    assert archive.read(member) == b"1,2\n"
    (line,) = asked(index)
    assert line.startswith("download -q --no-deps --only-binary=:all: ")
    assert line.endswith(" fake==1.0")
    here = archive.state(member)
    assert here.status == "here"
    assert here.size == here.path.stat().st_size == (index / member.pin.wheel).stat().st_size


def test_four_processes_at_once_bring_it_once(member, index):
    code = (
        "from seqbench.kits.archive import Member, Pin, read\n"
        f"print(read(Member('toy', {member.pin!r}, 'fake/data.csv', '', '')))"
    )

    def one(_: int) -> str:
        return subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(4))) == ["b'1,2\\n'\n"] * 4
    assert len(asked(index)) == 1


def test_a_wheel_put_there_by_hand_is_taken(member, index, monkeypatch):
    wheels().mkdir(parents=True)
    (index / member.pin.wheel).rename(wheels() / member.pin.wheel)
    monkeypatch.setenv("SEQBENCH_OFFLINE", "1")
    assert archive.read(member) == b"1,2\n"
    assert not asked(index)


def test_offline_never_calls_pip_and_says_how_to_bring_it(member, index, monkeypatch):
    monkeypatch.setenv("SEQBENCH_OFFLINE", "1")
    with pytest.raises(Missing) as lack:
        archive.read(member)
    message = str(lack.value)
    assert "\n" not in message
    for part in ("toy", member.pin.wheel, "SEQBENCH_OFFLINE", "`seqbench data fetch toy`"):
        assert part in message
    assert str(wheels()) in message
    assert not asked(index)


def test_what_pip_says_last_is_the_reason(member, index):
    (index / member.pin.wheel).unlink()
    with pytest.raises(Missing, match=r"ERROR: no matching distribution found\); run `seqbench"):
        archive.read(member)
    assert archive.state(member).status == "missing"


def test_a_python_without_pip_is_said_to_be_one(member, tmp_path):
    (tmp_path / "fake" / "pip.py").write_text("raise SystemExit('No module named pip')")
    with pytest.raises(Missing, match="No module named pip"):
        archive.read(member)


def test_another_wheel_of_that_name_is_refused(member, index):
    with zipfile.ZipFile(index / member.pin.wheel, "a") as file:
        file.writestr("fake/more", "changed")
    with pytest.raises(Missing, match=rf"another file \(sha256 .*not {member.pin.sha256[:12]}"):
        archive.read(member)
    assert not list(wheels().glob("**/*.whl"))


def test_damage_is_seen_and_mended(member, index):
    archive.read(member)
    path = archive.state(member).path
    path.write_bytes(path.read_bytes()[:-3])
    assert archive.state(member).status == archive.verify(member).status == "corrupt"
    with pytest.raises(Missing, match="another file"):
        archive.read(member)
    assert archive.fetch(member) == path
    assert archive.verify(member).status == "here"
    assert len(asked(index)) == 2


def test_verify_sees_damage_that_keeps_size_and_time(member):
    archive.read(member)
    path = archive.state(member).path
    before, content = path.stat(), bytearray(path.read_bytes())
    content[40] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert archive.state(member).status == "here"  # remembered: not hashed again
    assert archive.verify(member).status == "corrupt"


def test_what_a_killed_download_left_does_no_harm(member):
    left = wheels() / f".{member.pin.wheel}.arriving"
    left.mkdir(parents=True)
    (left / member.pin.wheel).write_bytes(b"half")
    assert archive.read(member) == b"1,2\n"
    assert not left.exists()


def test_a_file_that_the_wheel_lacks_is_named(member):
    other = Member("toy", member.pin, "fake/none.csv", "", "")
    with pytest.raises(SeqbenchError, match=r"holds no fake/none\.csv"):
        archive.read(other)


def test_known_groups_by_name_and_counts_none_twice(member):
    other = Member("toy", member.pin, "fake/other.csv", "", "")
    alone = Member("alone", member.pin, "fake/x", "", "")

    class A:
        files = (member, other)

    class B:
        files = (member, alone)

    assert archive.known([A, B]) == {"alone": (alone,), "toy": (member, other)}


def test_the_cache_is_where_the_user_says(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SEQBENCH_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache.root() == tmp_path / ".cache" / "seqbench"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.root() == tmp_path / "xdg" / "seqbench"
    monkeypatch.setenv("SEQBENCH_CACHE", "~/mine")
    assert cache.root() == tmp_path / "mine"


def test_a_cache_that_cannot_be_made_is_a_slip_with_a_remedy(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SEQBENCH_CACHE", str(tmp_path / "file"))
    with pytest.raises(SeqbenchError, match="set SEQBENCH_CACHE to a folder"):
        cache.folder("wheels")


def test_a_wheel_of_one_platform_is_asked_for_whatever_this_one_is(index):
    wheel = index / "fake-1.0-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("fake/data.csv", "3\n")
    pin = Pin("fake==1.0", wheel.name, hashlib.sha256(wheel.read_bytes()).hexdigest())
    assert archive.read(Member("toy", pin, "fake/data.csv", "a", "MIT")) == b"3\n"
    (line,) = asked(index)
    assert "--implementation cp --python-version 311 --abi cp311" in line
    assert "--platform manylinux_2_27_x86_64 --platform manylinux_2_28_x86_64" in line


def test_a_wheel_for_all_is_asked_for_plainly(member, index):
    archive.read(member)
    assert "--platform" not in asked(index)[0]


def test_members_with_hostile_names_are_written_nowhere(index, tmp_path):
    wheel = index / "fake-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("fake/data.csv", "1\n")
        for name in ("../../evil.csv", "/tmp/seqbench-evil.csv", "..\\evil.csv"):
            file.writestr(name, "evil")
    pin = Pin("fake==1.0", wheel.name, hashlib.sha256(wheel.read_bytes()).hexdigest())
    assert archive.read(Member("toy", pin, "fake/data.csv", "a", "MIT")) == b"1\n"
    assert archive.read(Member("toy", pin, "../../evil.csv", "a", "MIT")) == b"evil"
    assert not [path for path in tmp_path.rglob("*") if "evil" in path.name]
    assert not Path("/tmp/seqbench-evil.csv").exists()
    names = {path.name for path in wheels().iterdir()}
    assert names == {wheel.name, f"{wheel.name}.lock", f"{wheel.name}.checked"}
