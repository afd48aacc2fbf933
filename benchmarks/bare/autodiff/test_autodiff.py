"""The checks of the suite autodiff as ordinary pytest, in one process: what the benchmark measures ours against.

Wants the submission's ``needle.py`` beside this file. The reference comes from ``reference/`` beside it, or from the
suite of this checkout. This is how such a homework is usually graded, with all that a submission can do to it.
"""

import importlib.util
from pathlib import Path

import needle
import numpy as np
import pytest

RTOL, ATOL = 1e-9, 1e-11
HERE = Path(__file__).resolve().parent


def _reference():
    beside = HERE / "reference" / "needle.py"
    path = beside if beside.is_file() else HERE.parents[2] / "gpu_worker/suites/autodiff/reference/needle.py"
    spec = importlib.util.spec_from_file_location("reference_needle", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reference = _reference()


@pytest.fixture
def rng():
    return np.random.default_rng()


def same(found, expected, rtol=RTOL):
    assert type(found) is np.ndarray
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=ATOL)


def check(rng, operation, *arrays, value=True, gradients=True):
    """Compare the value of an operation, and the gradient of each input for a random gradient of the output."""
    ours, theirs = ([module.Tensor(array) for array in arrays] for module in (reference, needle))
    expected, found = operation(reference, *ours), operation(needle, *theirs)
    if value:
        same(found.numpy(), expected.numpy())
    if gradients:
        out_grad = rng.standard_normal(expected.shape)
        expected.backward(reference.Tensor(out_grad))
        found.backward(needle.Tensor(out_grad))
        for one, other in zip(theirs, ours, strict=True):
            same(one.grad.numpy(), other.grad.numpy())


def one_hot_rows(rng, rows, classes):
    return np.eye(classes)[rng.integers(classes, size=rows)]


def test_add(rng):
    check(rng, lambda n, a, b: n.add(a, b), rng.standard_normal((3, 4)), rng.standard_normal((3, 4)))


def test_multiply(rng):
    check(rng, lambda n, a, b: n.multiply(a, b), rng.standard_normal((3, 4)), rng.standard_normal((3, 4)))


def test_divide(rng):
    check(rng, lambda n, a, b: n.divide(a, b), rng.standard_normal((3, 4)), rng.uniform(0.5, 2.0, (3, 4)))


def test_power(rng):
    exponent = int(rng.integers(3, 6))
    check(rng, lambda n, a: n.power(a, exponent), rng.standard_normal((3, 4)))


def test_negate(rng):
    check(rng, lambda n, a: n.negate(a), rng.standard_normal((3, 4)))


def test_log(rng):
    check(rng, lambda n, a: n.log(a), rng.uniform(0.5, 2.0, (3, 4)))


def test_exp(rng):
    check(rng, lambda n, a: n.exp(a), rng.standard_normal((3, 4)))


def test_relu(rng):
    check(rng, lambda n, a: n.relu(a), rng.standard_normal((4, 5)))


def test_topological_order(rng):
    nodes, edges = [needle.Tensor(rng.standard_normal(3)) for _ in range(3)], []
    while len(nodes) < 12:
        left, right = (int(each) for each in rng.choice(len(nodes), size=2, replace=False))
        edges += [(left, len(nodes)), (right, len(nodes))]
        nodes.append(needle.add(nodes[left], nodes[right]))
    root = nodes[0]
    for made in nodes[1:]:
        root = needle.add(root, made)
    number_of = {id(node): number for number, node in enumerate(nodes)}
    order = [number_of[id(node)] for node in needle.topological_order(root) if id(node) in number_of]
    assert sorted(order) == list(range(12))
    assert all(order.index(first) < order.index(second) for first, second in edges)


def test_a_tensor_used_more_than_once(rng):
    def operation(n, a, b, weights):
        shared = n.add(a, b)
        return n.add(n.multiply(shared, weights), n.add(shared, a))

    check(rng, operation, *(rng.standard_normal((2, 3)) for _ in range(3)), value=False)


def test_a_long_chain(rng):
    def operation(n, a):
        for _ in range(1_200):
            a = n.negate(a)
        return a

    check(rng, operation, rng.standard_normal(4), value=False)


def test_transpose(rng):
    check(rng, lambda n, a: n.transpose(a, (0, 2)), rng.standard_normal((2, 3, 4)))


def test_reshape(rng):
    check(rng, lambda n, a: n.reshape(a, (2, 6)), rng.standard_normal((3, 4)))


def test_broadcast_to(rng):
    check(rng, lambda n, a: n.broadcast_to(a, (3, 4)), rng.standard_normal((3, 1)), gradients=False)
    check(rng, lambda n, a: n.broadcast_to(a, (2, 3, 4)), rng.standard_normal(4), gradients=False)


def test_gradient_of_broadcast_to(rng):
    for shape in [(3, 1), (4,), ()]:
        check(rng, lambda n, a: n.broadcast_to(a, (3, 4)), rng.standard_normal(shape), value=False)


def test_summation(rng):
    for axes in [None, 1, (0, 2), -1]:
        check(rng, lambda n, a, axes=axes: n.summation(a, axes), rng.standard_normal((2, 3, 4)), gradients=False)


def test_gradient_of_summation(rng):
    for axes in [None, 1, (0, 2), -1]:
        check(rng, lambda n, a, axes=axes: n.summation(a, axes), rng.standard_normal((2, 3, 4)), value=False)


def test_matmul(rng):
    for left, right in [((3, 4), (4, 2)), ((5, 3, 4), (5, 4, 2)), ((5, 3, 4), (4, 2))]:
        arrays = rng.standard_normal(left), rng.standard_normal(right)
        check(rng, lambda n, a, b: n.matmul(a, b), *arrays, gradients=False)


@pytest.mark.parametrize(
    ("left", "right"),
    [((3, 4), (4, 2)), ((5, 3, 4), (5, 4, 2)), ((5, 3, 4), (4, 2))],
    ids=["plain", "batched", "broadcast"],
)
def test_gradient_of_matmul(rng, left, right):
    check(rng, lambda n, a, b: n.matmul(a, b), rng.standard_normal(left), rng.standard_normal(right), value=False)


def test_logsumexp(rng):
    check(rng, lambda n, a: n.logsumexp(a, 1), rng.standard_normal((3, 4)))


def test_logsumexp_of_large_inputs(rng):
    check(rng, lambda n, a: n.logsumexp(a, (0, 1)), 1_000 + 100 * rng.standard_normal((3, 4)))


def test_a_gradient_of_a_gradient(rng):
    array = rng.uniform(0.5, 2.0, (3, 4))
    gradients = []
    for n in (needle, reference):
        a = n.Tensor(array)
        n.add(n.multiply(n.power(a, 3), n.exp(a)), n.log(a)).backward()
        first = a.grad
        first.backward()
        gradients.append((first.numpy(), a.grad.numpy()))
    same(gradients[0][0], gradients[1][0])
    same(gradients[0][1], gradients[1][1])


def test_softmax_loss(rng):
    labels = one_hot_rows(rng, 6, 4)
    check(rng, lambda n, a: n.softmax_loss(a, n.Tensor(labels)), rng.standard_normal((6, 4)), gradients=False)


def test_gradient_of_softmax_loss(rng):
    labels = one_hot_rows(rng, 6, 4)
    check(rng, lambda n, a: n.softmax_loss(a, n.Tensor(labels)), rng.standard_normal((6, 4)), value=False)


def test_one_epoch_of_a_two_layer_network(rng):
    inputs, labels = rng.standard_normal((50, 8)), one_hot_rows(rng, 50, 4)
    starts = rng.standard_normal((8, 10)) / 3, rng.standard_normal((10, 4)) / 3
    trained = [
        n.train_epoch(inputs, labels, tuple(n.Tensor(each) for each in starts), learning_rate=0.2, batch_size=16)
        for n in (needle, reference)
    ]
    for found, expected in zip(*trained, strict=True):
        same(found.numpy(), expected.numpy(), rtol=1e-6)
