"""Two architectures get byte-identical data under one seed, whatever either draws or is set to."""

from front_door import SUITE, lay, typed
from seqbench.store import Store

LISTENERS = '''

def heard(lesson):
    parts = (lesson.train, lesson.valid)
    arrays = [array for part in parts for array in (part.inputs, part.targets)]
    arrays += [batch.inputs for batch in lesson.batches(7)]
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()


@dataclass(frozen=True)
class Listens(Architecture):
    """Notes what it hears."""
    name = "listens"
    draws: int = 0

    def fit(self, lesson):
        lesson.rng.random(self.draws)
        np.random.random(self.draws)
        return Model(lambda x, lengths: np.eye(3)[x], 1, notes={"heard": heard(lesson)})


@dataclass(frozen=True)
class AlsoListens(Listens):
    """Another."""
    name = "also_listens"
    version = 3
'''


def test_every_architecture_hears_the_same(tmp_path, capsys, monkeypatch):
    suite = lay(
        tmp_path,
        SUITE.replace("[parrot]", "[listens: {draws: [0, 5]}, also_listens]").replace(
            "[4, 5]", "4"
        ),
    )
    text = (tmp_path / "birds.py").read_text()
    head, tail = text.split("@hookimpl", 1)
    tail = tail.replace("[Parrot, Breaks, Peeks, Both]", "[Listens, AlsoListens]")
    (tmp_path / "birds.py").write_text("import hashlib\n" + head + LISTENERS + "\n@hookimpl" + tail)
    done = typed("run", suite, capsys=capsys, monkeypatch=monkeypatch, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    heard = {}
    for record in Store(tmp_path / "results/birds").records():
        if not record["baseline"]:
            heard.setdefault(record["seed"], []).append(record["facts"]["model"]["heard"])
    assert [len(found) for found in heard.values()] == [3, 3]
    assert all(len(set(found)) == 1 for found in heard.values())
    assert heard[0] != heard[1]
