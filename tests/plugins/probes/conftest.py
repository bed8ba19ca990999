"""Subjects to probe: a task, an architecture fitted on it for a moment, and a way to score."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from seqbench import Lesson, Recipe, Subject
from seqbench.catalogue import Catalogue


@pytest.fixture(autouse=True)
def one_thread():
    """No probe may depend on how many there are."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def catalogue():
    return Catalogue.installed()


@pytest.fixture
def subject(catalogue):
    """Makes one: `subject("copy", {"delay": 4}, "rnn", {"width": 8})`."""

    def made(task, settings, architecture, own, score=None, n=16, seed=0):
        work = catalogue.make("tasks", task, settings)
        mixer = catalogue.make("architectures", architecture, own)
        split = work.split("train", n, np.random.default_rng(seed))
        recipe = Recipe(examples=n, batch=8, evaluations=1)
        lesson = Lesson(work.signature(), split, split, recipe, np.random.default_rng(seed))
        model = mixer.fit(replace(lesson, rng=np.random.default_rng(seed + 1)))
        return Subject(work, mixer, lesson, model, score, np.random.default_rng(seed + 2))

    return made


@pytest.fixture
def taken():
    """The numbers of one name, by their coordinates' values."""

    def of(measurements, name):
        return {tuple(m.at.values()): m.value for m in measurements if m.name == name}

    return of
