"""Extended long short-term memory against the formulas of its paper, without stabilisers."""

import torch
from torch.nn import functional as F

from seqbench import Signature, Tokens
from seqbench_plugins.architectures.xlstm import (
    XLSTM,
    GatedPerceptron,
    MatrixBlock,
    ScalarBlock,
    remembered,
)

IO = Signature(Tokens(3), Tokens(3), 5)


def matrix_memory(q, k, v, i, f):
    """Equations 19 to 27: q, k, v (t, depth), i and f (t) before their exponential and sigmoid."""
    depth = q.shape[1]
    c, n, out = torch.zeros(depth, depth).double(), torch.zeros(depth).double(), []
    for t in range(len(q)):
        key = k[t] / depth**0.5
        c = f[t].sigmoid() * c + i[t].exp() * torch.outer(v[t], key)
        n = f[t].sigmoid() * n + i[t].exp() * key
        out.append(c @ q[t] / max((n @ q[t]).abs(), torch.tensor(1.0)))
    return torch.stack(out)


def drawn(steps, batch=2, heads=2, depth=3):
    q, k, v = (torch.randn(batch, heads, steps, depth).double() for _ in range(3))
    i, f = (2 * torch.randn(batch, heads, steps, 1).double() for _ in range(2))
    return q, k, v, i, f


def test_the_matrix_memory_is_the_formula():
    q, k, v, i, f = drawn(32)
    empty = torch.zeros(2, 2, 3, 5).double()
    memory = (empty[..., 2:], empty[..., :1], empty[..., :1, :1])
    answers = []
    for part in (slice(0, 20), slice(20, 32)):
        given = (it[:, :, part] for it in (q, k, v, i, F.logsigmoid(f)))
        y, memory = remembered(*given, memory)
        answers.append(y)
    answers = torch.cat(answers, 2)
    for n in range(2):
        for head in range(2):
            given = (it[n, head] for it in (q, k, v, i[..., 0], f[..., 0]))
            assert torch.allclose(answers[n, head], matrix_memory(*given), atol=1e-10)


def convolved(x, conv):
    seen = F.pad(x.mT, (3, 0))
    y = F.conv1d(seen, conv.weight, conv.bias, groups=len(conv.weight)).mT
    return y * y.sigmoid()


def test_a_matrix_block_is_the_formula():
    block, x = MatrixBlock(3, 2).double(), torch.randn(2, 50, 3).double()
    torch.nn.init.normal_(block.gates.weight)
    inside, gate = (x @ block.enter.weight.T + block.enter.bias).split(6, -1)
    near = convolved(inside, block.conv)
    heads = [
        torch.stack([it[..., 3 * h : 3 * h + 3] @ block.read[at, h] for h in range(2)], 1)
        for at, it in enumerate((near, near, inside))
    ]
    flat = torch.cat([it.transpose(1, 2).flatten(2) for it in heads], -1)
    gates = flat @ block.gates.weight.T + block.gates.bias
    wanted = torch.zeros(2, 50, 6).double()
    for n in range(2):
        for h in range(2):
            y = matrix_memory(*(it[n, h] for it in heads), gates[n, :, h], gates[n, :, 2 + h])
            wanted[n, :, 3 * h : 3 * h + 3] = F.layer_norm(
                y, (3,), block.norm.weight, block.norm.bias
            )
    wanted = (wanted + block.skip * near) * F.silu(gate)
    assert torch.allclose(block(x), block.leave(wanted), atol=1e-9)


def test_a_scalar_block_is_the_formula():
    """Equations 8 to 14, with exponential input gates and sigmoid forget gates."""
    block, x = ScalarBlock(4, 2).double(), torch.randn(3, 40, 4).double()
    torch.nn.init.normal_(block.recur)
    torch.nn.init.normal_(block.bias)
    near = convolved(x, block.conv)
    read = torch.cat([near @ block.gates.weight.T, x @ block.rest.weight.T], -1)
    answers = block(x)
    h = c = n = torch.zeros(3, 2, 2).double()
    for t in range(40):
        raw = []
        for gate in range(4):
            own = read[:, t, 4 * gate : 4 * gate + 4].unflatten(-1, (2, 2)) + block.bias[gate]
            back = [h[:, at] @ block.recur[at, :, 2 * gate : 2 * gate + 2] for at in range(2)]
            raw.append(own + torch.stack(back, 1))
        i, f, z, o = raw[0].exp(), raw[1].sigmoid(), raw[2].tanh(), raw[3].sigmoid()
        c, n = f * c + i * z, f * n + i
        h = o * c / n
        y = F.layer_norm(h, (2,), block.norm.weight, block.norm.bias).flatten(1)
        assert torch.allclose(answers[:, t], block.write(y), atol=1e-9)


def test_blocks_stand_in_the_order_asked_for():
    def kinds(**settings):
        return [type(it.layer).__name__ for it in XLSTM(**settings).mixer(8, IO).layers]

    m, s = MatrixBlock.__name__, [ScalarBlock.__name__, GatedPerceptron.__name__]
    assert kinds(layers=4) == [m, *s, m, *s]
    assert kinds(layers=4, mlstm=2) == [m, m, *s, m]
    assert kinds(layers=2, slstm=0) == [m, m]
    assert kinds(layers=2, mlstm=0) == [*s, *s]
    assert kinds(layers=1, mlstm=0, ratio=0) == s[:1]


def test_gates_start_as_the_authors_do():
    matrix, scalar = MatrixBlock(64, 4), ScalarBlock(64, 4)
    assert (matrix.gates.weight == 0).all()
    assert torch.allclose(matrix.gates.bias[4:], torch.tensor([3.0, 4, 5, 6]))
    assert matrix.gates.bias[:4].abs().max() < 0.5
    assert (scalar.recur == 0).all()
    assert torch.allclose(scalar.bias[1], torch.linspace(3, 6, 16).expand(4, 16))
    assert (scalar.bias[[0, 2, 3]] == 0).all()


def test_no_gate_is_too_wide_open_or_too_shut():
    for size in (-1000.0, 1000.0):
        q, k, v, i, f = (it.float().requires_grad_() for it in drawn(32))
        empty = torch.zeros(2, 2, 3, 5)
        memory = (empty[..., 2:], empty[..., :1], empty[..., :1, :1])
        for _ in range(3):
            y, memory = remembered(q, k, v, i + size, F.logsigmoid(f - abs(size)), memory)
        y.sum().backward()
        assert torch.isfinite(y).all()
        assert all(torch.isfinite(it.grad).all() for it in (q, k, v, i))


def test_a_scalar_memory_that_takes_in_next_to_nothing_is_a_memory_still():
    """Its answer is a quotient: what little came in first is all there is to tell."""
    block, x = ScalarBlock(4, 2), torch.randn(2, 30, 4)
    with torch.no_grad():
        wanted = block(x)
        for size in (-300.0, 300.0):
            block.bias[0] = size
            assert torch.allclose(block(x), wanted, atol=1e-3)
