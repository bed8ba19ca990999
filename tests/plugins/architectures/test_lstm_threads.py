"""A batch dealt to threads."""

import multiprocessing
import os
import threading

import pytest
import torch

from seqbench_plugins.architectures.lstm import LSTM
from seqbench_plugins.architectures.lstm.threads import on_threads


@pytest.mark.parametrize(
    ("threads", "batch", "shares"),
    [
        (1, 50, 1),
        (2, 50, 2),
        (4, 50, 4),
        (4, 37, 3),
        (4, 24, 2),
        (4, 23, 1),
        (4, 1, 1),
        (64, 50, 4),
    ],
)
def test_all_is_dealt_and_no_share_is_small(threads, batch, shares):
    torch.set_num_threads(threads)
    dealt = []
    on_threads(lambda first, last: dealt.append((first, last)), batch, 12)
    dealt.sort()
    assert len(dealt) == shares
    assert [first for first, _ in dealt] == [0, *(last for _, last in dealt[:-1])]
    assert dealt[-1][1] == batch
    assert min(last - first for first, last in dealt) >= min(12, batch)


def test_shares_are_done_at_once():
    torch.set_num_threads(2)
    meet = threading.Barrier(2)  # which one thread alone would not leave
    on_threads(lambda first, last: meet.wait(timeout=30), 24, 12)


@pytest.mark.parametrize("at", [0, 12])
def test_what_a_share_raises_is_raised_when_all_are_done(at):
    torch.set_num_threads(3)
    done = []

    def share(first, last):
        if first == at:
            raise ValueError(f"at {first}")
        done.append(first)

    with pytest.raises(ValueError, match=f"^at {at}$"):
        on_threads(share, 36, 12)
    assert sorted(done) == [it for it in (0, 12, 24) if it != at]


def loss_of_two_threads(layer, x):
    torch.set_num_threads(2)
    y, _ = layer(x)
    y.sum().backward()
    return [y.sum().item(), *(weight.grad.sum().item() for weight in layer.parameters())]


def tell(pipe, layer, x):
    layer.zero_grad()
    pipe.send((os.getpid(), loss_of_two_threads(layer, x)))


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork.*:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own():
    layer, x = LSTM(4, 20), torch.randn(6, 50, 4)
    wanted = loss_of_two_threads(layer, x)  # after which this process has threads
    mine, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=tell, args=(theirs, layer, x))
    process.start()
    try:
        assert mine.poll(60), "it waits for threads that it has not"
        child, found = mine.recv()
    finally:
        process.kill()
        process.join()
    assert child != os.getpid()
    assert found == wanted


def test_threads_that_train_at_the_same_time():
    torch.set_num_threads(2)
    layers, x = [LSTM(4, 20) for _ in range(3)], torch.randn(6, 50, 4)
    wanted = [loss_of_two_threads(layer, x) for layer in layers]
    found = [None] * 3

    def work(i):
        for _ in range(5):
            layers[i].zero_grad()
            found[i] = loss_of_two_threads(layers[i], x)

    users = [threading.Thread(target=work, args=(i,)) for i in range(3)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    assert found == wanted
