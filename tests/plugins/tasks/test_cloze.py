import numpy as np
import pytest

from seqbench import Lesson, Recipe, SeqbenchError
from seqbench_plugins.metrics.accuracy import accuracy
from seqbench_plugins.tasks import cloze
from seqbench_plugins.tasks.cloze import Cloze


def sample(n=200, seed=0, **settings):
    return Cloze(**settings).sample(n, np.random.default_rng(seed))


def answer(sentence):
    """By reading: the noun after the first `the`, looked up."""
    return cloze.ANSWERS[sentence.split()[1]]


def test_words_and_answers_are_told_apart():
    assert len(set(cloze.WORDS)) == len(cloze.WORDS)
    assert len(cloze.ANSWERS) == len(set(cloze.ANSWERS.values())) == 24
    assert not set(cloze.ANSWERS.values()) & set(cloze.WORDS)  # no answer stands in a sentence
    assert not set(cloze.OTHERS) & set(cloze.CLUES)


@pytest.mark.parametrize("gap", [0, 1, 3])
@pytest.mark.parametrize("rivals", [True, False])
def test_sentences_read_as_they_should(gap, rivals):
    split = sample(gap=gap, rivals=rivals)
    nouns = cloze.CLUES if rivals else cloze.OTHERS
    for sentence, targets, mask in zip(
        cloze.text(split.inputs), split.targets, split.mask, strict=True
    ):
        words = sentence.split()
        assert words[0] == "the" and words[-4:] == ["are", "in", "the", "___"]
        assert list(cloze.ANSWERS.values())[targets[-1]] == answer(sentence)
        assert np.flatnonzero(mask).tolist() == [len(words) - 1]
        clauses = [words[at : at + 6] for at in range(2, len(words) - 4, 6)]
        assert len(clauses) == gap
        for link, the, kind, noun, deed, way in clauses:
            assert the == "the" and noun in nouns and noun != words[1]
            assert link in cloze.LINKS and kind in cloze.KINDS
            assert deed in cloze.DEEDS and way in cloze.WAYS


def test_clues_and_rivals_are_drawn_evenly():
    split = sample(n=24_000, gap=1)
    for step in (1, 5):
        shares = np.unique(split.inputs[:, step], return_counts=True)[1] / 24_000
        assert len(shares) == 24
        assert np.abs(shares - 1 / 24).max() < 0.0065  # 5 standard deviations


def bag_of_words(**settings):
    task = Cloze(**settings)
    train, valid, test = (sample(n, seed, **settings) for seed, n in enumerate((3000, 200, 1000)))
    lesson = Lesson(task.signature(), train, valid, Recipe(), np.random.default_rng(0))
    model = task.baselines()["bag_of_words"](lesson)
    return accuracy(test, model.predict(test.inputs, None))


def test_order_decides_where_there_are_rivals_and_nowhere_else():
    """A bag of words knows the clue among no others, and guesses among 1 + gap otherwise."""
    assert bag_of_words(gap=0) == 1
    assert bag_of_words(gap=2, rivals=False) > 0.99
    assert bag_of_words(gap=1) == pytest.approx(1 / 2, abs=0.08)
    assert bag_of_words(gap=4) < 0.27


def test_unseen_filler_is_of_words_that_train_never_has():
    task, rng = Cloze(gap=4, rivals=False, unseen=True), np.random.default_rng(0)
    parts = {role: task.split(role, 2000, rng) for role in ("train", "valid", "test")}
    words = {role: set(np.unique(part.inputs[:, 2:-4])) for role, part in parts.items()}
    the = {cloze.WORDS.index("the")}
    assert words["train"] == words["valid"] and words["train"] & words["test"] == the
    fillers = (cloze.LINKS, cloze.KINDS, cloze.OTHERS, cloze.DEEDS, cloze.WAYS)
    every = {cloze.WORDS.index(word) for kind in fillers for word in kind}
    assert words["train"] | words["test"] == every | the
    assert len(words["train"]) == len(words["test"]) == len(every) // 2 + 1


def test_clues_are_known_to_all_splits_even_where_the_filler_is_unseen():
    task, rng = Cloze(gap=1, unseen=True), np.random.default_rng(0)
    for role in ("train", "test"):
        part = task.split(role, 2000, rng)
        assert len(np.unique(part.inputs[:, 1])) == len(np.unique(part.inputs[:, 5])) == 24
        for sentence, target in zip(cloze.text(part.inputs), part.targets[:, -1], strict=True):
            assert list(cloze.ANSWERS.values())[target] == answer(sentence)


def test_without_unseen_every_role_draws_the_same():
    roles = [Cloze().split(role, 9, np.random.default_rng(3)) for role in ("train", "test")]
    assert (roles[0].inputs == roles[1].inputs).all()


def test_a_gap_that_cannot_be_is_refused():
    with pytest.raises(SeqbenchError, match=r"cloze\.gap is -1; it takes 0 or more"):
        Cloze(gap=-1)
