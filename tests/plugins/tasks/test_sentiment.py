import numpy as np
import pytest

from seqbench import Lesson, Recipe, SeqbenchError
from seqbench_plugins.metrics.accuracy import accuracy
from seqbench_plugins.tasks import sentiment
from seqbench_plugins.tasks.sentiment import Sentiment


def sample(n=300, seed=0, **settings):
    return Sentiment(**settings).sample(n, np.random.default_rng(seed))


def verdict(review):
    """By reading: the clause that does not begin with `although`, its turn and its judgement."""
    clauses = [clause.split() for clause in review.removesuffix(" .").split(" , ")]
    main = next(clause for clause in clauses if clause[0] != "although")
    good = main[-1] in sentiment.GOOD
    assert good or main[-1] in sentiment.BAD
    turned = sum(word in sentiment.TURNS for word in main)
    assert turned + sum(word in sentiment.KEEPS for word in main) == 1
    return good != bool(turned)


def test_words_are_told_apart():
    assert len(set(sentiment.WORDS)) == len(sentiment.WORDS)
    assert len(sentiment.GOOD) == len(sentiment.BAD)
    assert len(sentiment.TURNS) == len(sentiment.KEEPS)


@pytest.mark.parametrize("gap", [0, 1, 5])
@pytest.mark.parametrize("concession", [True, False])
def test_reviews_read_as_they_should(gap, concession):
    split = sample(gap=gap, concession=concession)
    firsts = set()
    for review, targets, mask in zip(
        sentiment.text(split.inputs), split.targets, split.mask, strict=True
    ):
        assert verdict(review) == targets[-1]
        assert np.flatnonzero(mask).tolist() == [len(mask) - 1] and review.endswith(" .")
        clauses = review.removesuffix(" .").split(" , ")
        assert len(clauses) == 1 + concession
        firsts.add(review.split()[0])
        for clause in clauses:
            the, thing, was, _, *asides, _ = clause.removeprefix("although ").split()
            assert (the, was) == ("the", "was") and thing in sentiment.THINGS
            assert len(asides) == gap and set(asides) <= set(sentiment.ASIDES)
    assert firsts == ({"the", "although"} if concession else {"the"})


def test_an_example_by_hand():
    review = "although the cast was really so dull , the plot was not quite superb ."
    inputs = np.array([[sentiment.token(word) for word in review.split()]])
    assert verdict(review) is False
    assert Sentiment(gap=1).read(review.split()) == 0
    assert inputs.shape[1] == Sentiment(gap=1).length


def test_verdicts_are_even_and_no_single_word_tells_them():
    split = sample(n=20_000, gap=2, negated=0.5)
    label = split.targets[:, -1]
    assert label.mean() == pytest.approx(0.5, abs=0.018)  # 5 standard deviations
    counts = sentiment.counts(split.inputs, None)
    for word in counts.T[counts.std(axis=0) > 0]:
        assert abs(np.corrcoef(word, label)[0, 1]) < 5 / np.sqrt(20_000)


@pytest.mark.parametrize("concession", [True, False])
def test_a_bag_of_words_guesses_where_half_are_turned_round(concession):
    assert bag(concession, 0.5) == pytest.approx(0.5, abs=0.06)


def bag(concession, negated):
    """What a bag of words scores."""
    task = Sentiment(gap=2, concession=concession, negated=negated)
    train, valid, test = (
        task.sample(n, np.random.default_rng(seed)) for seed, n in enumerate((4000, 300, 2000))
    )
    lesson = Lesson(task.signature(), train, valid, Recipe(), np.random.default_rng(0))
    scores = task.baselines()["bag_of_words"](lesson).predict(test.inputs, None)
    return accuracy(test, scores)


def test_a_bag_of_words_guesses_better_the_fewer_are_turned_round():
    """Of one judgement it knows what is not negated; of two, whose order it cannot tell, half."""
    assert bag(False, 0.0) == 1
    assert bag(False, 0.3) == pytest.approx(0.7, abs=0.05)
    assert bag(True, 0.0) == pytest.approx(0.75, abs=0.05)


def test_clauses_are_negated_as_often_as_said():
    words = np.array(sentiment.WORDS)[sample(n=5000, negated=0.2, concession=False).inputs[:, 3]]
    assert np.isin(words, sentiment.TURNS).mean() == pytest.approx(0.2, abs=0.03)


def test_a_gap_that_cannot_be_is_refused():
    with pytest.raises(SeqbenchError, match=r"sentiment\.gap is -1; it takes 0 or more"):
        Sentiment(gap=-1)
    for negated in (-0.1, 1.1, float("nan")):
        with pytest.raises(SeqbenchError, match=r"sentiment\.negated is .*; it takes 0 to 1"):
            Sentiment(negated=negated)
