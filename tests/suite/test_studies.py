"""What searches go on from: bars as Optuna's pruner has them, and rounds that can be replayed."""

import math
from dataclasses import asdict

import numpy as np
import optuna
import pytest

from seqbench import Choice, Point, Recipe, Trial
from seqbench.bench.listening import Listener
from seqbench.contract.errors import Pruned
from seqbench.suite.search import Method, Search, Space
from seqbench.suite.studies import Outcome, Study, Told, bars_of, sampler

LR = {"lr": Space((), 1e-5, 1e-1, log=True)}
RECIPE = asdict(Recipe(examples=2000, evaluations=20))
STAGES = range(100, 2001, 100)

optuna.logging.set_verbosity(optuna.logging.WARNING)


def made(setting):
    return Trial(Choice("copy"), Choice("net"), 0, {**RECIPE, **setting})


def study(method="tpe", over=LR, seeds=(0,), **how):
    return Study("net", Search(Method(method, **how), over), seeds, made)


def carried_out(search, outcome, order=iter):
    """Every trial in the end, with what became of it by id; a round is run in any order."""
    known: dict[str, Told] = {}
    while new := [one for one in search.trials(known.get) if one.id not in known]:
        found = {one.id: outcome(one) for one in order(new)}
        known |= found
    return list(search.trials(known.get)), known


def listened(trial, losses):
    """What a training with these losses leaves: its curve, and whether it was given up."""
    listener = Listener(trial, lambda progress: None)
    try:
        for examples, loss in losses:
            listener(Point(examples, loss, loss))
    except Pruned:
        return Told(None, tuple((p.examples, p.valid_loss) for p in listener.heard), True)
    return Told(losses[-1][1], tuple(losses))


def curve(rng):
    """Losses as multiples of 1/8, which halve exactly; some end early, as with patience."""
    steps = rng.integers(-6, 5, len(STAGES)).cumsum() + rng.integers(40, 80)
    until = len(STAGES) if rng.random() < 0.7 else int(rng.integers(1, len(STAGES)))
    return [(at, int(n) / 8) for at, n in zip(STAGES, steps, strict=True)][:until]


def pruned_at(pruner, before, losses):
    """The examples at which Optuna gives these losses up, or None; `before` are outcomes."""
    judge = optuna.create_study(pruner=pruner)
    states = optuna.trial.TrialState
    for told in before:
        score = {} if told.score is None else {"value": told.score}
        judge.add_trial(
            optuna.trial.create_trial(
                state=states.COMPLETE if told.score is not None else states.PRUNED,
                intermediate_values=dict(told.curve),
                **score,
            )
        )
    trial = judge.ask()
    for examples, loss in losses:
        trial.report(loss, examples)
        if trial.should_prune():
            return examples
    return None


@pytest.mark.parametrize(("at_once", "seed"), [(1, 0), (1, 1), (3, 2), (4, 3), (4, 4), (7, 5)])
def test_what_is_given_up_and_when_is_as_optunas_median_pruner_has_it(at_once, seed):
    rng = np.random.default_rng(seed)
    search = study("random", trials=40, prune=True, at_once=at_once)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=500)
    known, ends = {}, []
    while new := [one for one in search.trials(known.get) if one.id not in known]:
        before = list(known.values())
        for trial in new:
            losses = curve(rng)
            known[trial.id] = told = listened(trial, losses)
            wanted = pruned_at(pruner, before, losses)
            assert (told.curve[-1][0] if told.pruned else None) == wanted
            ends.append(wanted)
    assert len(known) == 40
    assert None in ends and len(set(ends)) > 3  # some went through, and others not at one place


def test_there_is_no_bar_before_four_went_through_nor_before_a_quarter():
    told = [Told(1.0, tuple((at, 1.0) for at in STAGES))] * 3
    lost = [Told(None, ((100, 0.1),), True), Told(None)]
    assert bars_of(RECIPE, told + lost) == ()
    bars = bars_of(RECIPE, told[:1] + lost + told)
    assert [at for at, _ in bars] == list(range(500, 2001, 100))


def test_points_at_the_ends_of_batches_are_taken_as_the_next_stage():
    through = [Told(1.0, ((512, float(n)), (1024, n / 2))) for n in (1, 2, 3, 4)]
    recipe = asdict(Recipe(examples=1000, evaluations=2))
    assert bars_of(recipe, through) == ((500, 2.5), (1000, 1.25))


def test_the_best_loss_so_far_counts_and_not_the_last():
    trial = Trial(Choice("copy"), Choice("net"), 0, RECIPE, bars=((500, 2.0), (1000, 1.0)))
    assert not listened(trial, [(499, 9.0), (500, 2.0), (600, 7.0), (999, 3.0), (1000, 1.0)]).pruned
    assert listened(trial, [(500, 2.0), (1000, 1.01), (1100, 0.1)]).curve[-1] == (1000, 1.01)
    assert listened(trial, [(100, 0.5), (2000, 9.0)]).pruned is False
    with pytest.raises(Pruned, match="after 500 examples: its best loss on valid was 2"):
        Listener(trial, lambda progress: None)(Point(500, 0.1, 2.5))


def test_a_loss_that_is_no_number_counts_as_none():
    trial = Trial(Choice("copy"), Choice("net"), 0, RECIPE, bars=((500, 2.0),))
    nan = math.nan
    assert listened(trial, [(500, nan)]).pruned
    assert listened(trial, [(400, nan), (500, 3.0)]).pruned
    assert not listened(trial, [(400, 1.0), (500, nan)]).pruned


def test_each_seed_has_the_bars_of_its_own_losses():
    search = study("random", trials=8, prune=True, at_once=4, seeds=(0, 5))
    trials, _ = carried_out(search, lambda t: Told(1.0, tuple((at, t.seed + 1.0) for at in STAGES)))
    assert len(trials) == 16
    assert [t.bars for t in trials[:8]] == [()] * 8
    assert {(t.seed, t.bars[0]) for t in trials[8:]} == {(0, (500, 1.0)), (5, (500, 6.0))}


# ------------------------------------------------------------------------------ rounds


def score(trial, best=1e-3):
    """Best at one learning rate."""
    return Told(math.log10(trial.train["lr"] / best) ** 2)


@pytest.mark.parametrize("prune", [False, True])
@pytest.mark.parametrize("method", ["tpe", "random"])
def test_what_comes_next_depends_on_results_and_not_on_who_was_first(method, prune):
    rng = np.random.default_rng(0)

    def outcome(trial):
        return listened(trial, [(at, score(trial).score + 100 / at) for at in STAGES])

    def run(order):
        search = study(method, trials=18, prune=prune, at_once=5, seeds=(0, 1))
        return [one.id for one in carried_out(search, outcome, order)[0]]

    orders = [iter, reversed, lambda new: [new[i] for i in rng.permutation(len(new))]]
    found = [run(order) for order in orders]
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == len(set(found[0])) == 36


def test_a_round_is_named_while_a_part_of_it_has_run():
    search = study(trials=10, at_once=4)
    first = list(search.trials(lambda trial: None))
    assert len(first) == 4
    known = {one.id: score(one) for one in first[:3]}
    assert list(search.trials(known.get)) == first
    known[first[3].id] = score(first[3])
    assert len(list(search.trials(known.get))) == 8
    assert list(search.trials(known.get))[:4] == first


def test_the_last_round_is_as_small_as_is_left():
    trials, _ = carried_out(study(trials=10, at_once=4), score)
    assert len(trials) == 10
    trials, _ = carried_out(study(trials=3, at_once=50), score)
    assert len(trials) == 3


@pytest.mark.parametrize("seed", [0, 7, 2**63 - 1])
def test_from_the_same_results_it_thinks_of_the_same(seed):
    one, _ = carried_out(study(trials=24, seed=seed), score)
    other, _ = carried_out(study(trials=24, seed=seed), score)
    assert [t.id for t in one] == [t.id for t in other]
    elsewhere, _ = carried_out(study(trials=24, seed=seed), lambda t: score(t, 1e-5))
    same = [a.id == b.id for a, b in zip(one, elsewhere, strict=True)]
    assert same[:4] == [True] * 4 and not all(same)  # later ones do depend on results


def test_more_trials_go_on_from_fewer():
    few, known = carried_out(study(trials=8), score)
    more = list(study(trials=16).trials(known.get))
    assert [t.id for t in more[:8]] == [t.id for t in few] and len(more) == 12


def test_it_finds_a_planted_optimum_better_than_chance_does():
    def left(method, seed):
        best = 10 ** np.random.default_rng(seed).uniform(-4.5, -1.5)
        search = study(method, trials=20, seed=seed)
        _, known = carried_out(search, lambda trial: score(trial, best))
        assert len(known) == 20
        return math.sqrt(min(told.score for told in known.values()))  # orders of magnitude away

    away = {name: [left(name, seed) for seed in range(30)] for name in ("tpe", "random")}
    assert np.mean(away["tpe"]) < 0.6 * np.mean(away["random"])


def test_it_stays_within_its_spaces():
    over = {
        **LR,
        "batch": Space((), 1, 64, log=True, whole=True),
        "clip": Space((), 0.0, 2.0),
        "optimizer": Space(("adam", "sgd")),
        "patience": Space((), 0, 9, whole=True),
    }
    trials, _ = carried_out(study(over=over, trials=30), score)
    for trial in trials:
        told = trial.train
        assert 1e-5 <= told["lr"] <= 1e-1 and 0 <= told["clip"] <= 2
        assert told["optimizer"] in ("adam", "sgd")
        assert type(told["batch"]) is type(told["patience"]) is int
        assert 1 <= told["batch"] <= 64 and 0 <= told["patience"] <= 9
    assert len({t.train["optimizer"] for t in trials}) == 2


@pytest.mark.parametrize("seed", range(5))
def test_of_a_small_space_everything_is_tried_once(seed):
    over = {"batch": Space((1, 2, 3)), "optimizer": Space(("adam", "sgd"))}
    search = study(over=over, trials=50, seed=seed)
    trials, _ = carried_out(search, lambda t: Told(float(t.train["batch"])))
    assert len({t.id for t in trials}) == len(trials) == 6


# ------------------------------------------------------------------------------ what is told


def test_a_setting_one_of_whose_seeds_failed_has_no_score():
    fine, failed, given_up = Told(2.0), Told(None), Told(None, ((100, 1.0),), True)
    assert Outcome({}, (fine, Told(4.0))).score == 3.0
    assert Outcome({}, (Told(0.0),)).score == 0.0
    for told in ((fine, failed), (failed, fine), (given_up, fine)):
        assert Outcome({}, told).score is None
    assert [Outcome({}, (fine, one)).pruned for one in (failed, given_up)] == [False, True]


def test_what_failed_and_what_was_given_up_is_told():
    source = sampler(Search(Method("tpe"), LR))
    settings = source.ask(4)
    given_up = Told(None, ((100, 3.0), (200, 1.5)), True)
    source.tell(
        [
            Outcome(settings[0], (Told(1.0), Told(2.0))),
            Outcome(settings[1], (Told(None), Told(2.0))),
            Outcome(settings[2], (Told(1.0), given_up)),
            Outcome(settings[3], (Told(None), given_up)),
        ]
    )
    names = [trial.state.name for trial in source.study.trials]
    assert names == ["COMPLETE", "FAIL", "PRUNED", "PRUNED"]
    assert source.study.trials[0].value == 1.5
    assert source.study.trials[2].intermediate_values == {100: 3.0, 200: 1.5}


def test_failures_do_not_end_a_search():
    def outcome(trial):
        return Told(None) if trial.train["lr"] > 1e-3 else score(trial, 1e-4)

    trials, known = carried_out(study(trials=30, seeds=(0, 1)), outcome)
    assert len(trials) == 60
    assert min(t.score for t in known.values() if t.score is not None) < 0.25
    trials, _ = carried_out(study(trials=12), lambda trial: Told(None))
    assert len(trials) == 12


def test_the_name_of_the_method_has_a_version_where_it_is_anothers():
    names = {t.study["method"] for t in study().trials(lambda trial: None)}
    assert names == {f"tpe (TPESampler of Optuna {optuna.__version__})"}
    assert {t.study["method"] for t in study("random").trials(lambda t: None)} == {"random"}
