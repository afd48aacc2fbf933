"""What a small autodiff library must be able to do, in the order in which to read what failed.

Every case gets the module under test, a seeded generator and ``record``. It runs twice with the same seed, once with
the submission and once with the reference; the runner compares what the two recorded.

Two things keep one mistake from failing everything: a gradient is seeded through ``backward(out_grad)`` instead of
through a sum, and a check of one operation calls no other.
"""

import numpy as np

from gpu_worker.harness.cases import case

# Everything is float64, which carries about 16 digits. Two right ways to write one of these formulas round
# differently, and the last two or three digits go; a wrong formula is wrong in the first ones.
RTOL = 1e-9
# Next to a sum that cancels to nearly nothing, a relative bound asks for digits that nobody has.
ATOL = 1e-12
# Training repeats the rounding of dozens of steps, each from where the last one ended.
TRAINED_RTOL = 1e-6


def check(needle, rng, record, operation, **inputs):
    """Record the value of an operation, then the gradient of each input for a random gradient of the output."""
    for name, array in inputs.items():
        record.input(name, array)
    tensors = {name: needle.Tensor(array) for name, array in inputs.items()}
    output = operation(*tensors.values())
    record.close("value", output.numpy(), rtol=RTOL, atol=ATOL)
    gradients(needle, rng, record, output, **tensors)


def gradients(needle, rng, record, output, **tensors):
    """Go back through the graph from a random gradient of ``output`` and record what arrives at each tensor."""
    output.backward(needle.Tensor(rng.standard_normal(output.shape)))
    for name, tensor in tensors.items():
        record.close(f"gradient of {name}", tensor.grad.numpy(), rtol=RTOL, atol=ATOL)


def some(rng, rows):
    """Return a few numbers; ``rows`` is the size that a case has, and smaller when a smaller failure is looked for."""
    return rng.standard_normal((rows, rows + 1))


def away_from_zero(rng, shape):
    """Return positive numbers that one can divide by, or take the logarithm of, without trouble."""
    return rng.uniform(0.5, 2.0, shape)


def one_hot_rows(rng, rows, classes):
    """Return rows that are 1 at one class, drawn at random, and 0 elsewhere."""
    return np.eye(classes)[rng.integers(classes, size=rows)]


# Element by element


@case(
    "add",
    points=3,
    partial=True,
    group="Element by element",
    hint="The sum moves as much as either part does.",
    sizes=[1, 2, 3],
)
def add(needle, rng, record, size):
    check(needle, rng, record, needle.add, a=some(rng, size), b=some(rng, size))


@case(
    "multiply",
    points=3,
    partial=True,
    group="Element by element",
    hint="d(a·b)/da is b, and d(a·b)/db is a.",
    sizes=[1, 2, 3],
)
def multiply(needle, rng, record, size):
    check(needle, rng, record, needle.multiply, a=some(rng, size), b=some(rng, size))


@case("divide", points=3, partial=True, group="Element by element", hint="d(a/b)/db is -a/b².", sizes=[1, 2, 3])
def divide(needle, rng, record, size):
    check(needle, rng, record, needle.divide, a=some(rng, size), b=away_from_zero(rng, (size, size + 1)))


@case("power", points=3, partial=True, group="Element by element", hint="d(aⁿ)/da is n·aⁿ⁻¹.", sizes=[1, 2, 3])
def power(needle, rng, record, size):
    exponent = int(rng.integers(3, 6))
    shape = (size, size + 1)
    a = away_from_zero(rng, shape) * rng.choice([-1.0, 1.0], shape)
    check(needle, rng, record, lambda a: needle.power(a, exponent), a=a)


@case("negate", points=2, partial=True, group="Element by element", hint="The gradient changes its sign as well.")
def negate(needle, rng, record):
    check(needle, rng, record, needle.negate, a=rng.standard_normal((3, 4)))


@case("log", points=3, partial=True, group="Element by element", hint="d(log a)/da is 1/a.", sizes=[1, 2, 3])
def log(needle, rng, record, size):
    check(needle, rng, record, needle.log, a=away_from_zero(rng, (size, size + 1)))


@case("exp", points=3, partial=True, group="Element by element", hint="exp is its own derivative.", sizes=[1, 2, 3])
def exp(needle, rng, record, size):
    check(needle, rng, record, needle.exp, a=some(rng, size))


@case(
    "relu",
    points=3,
    partial=True,
    group="Element by element",
    hint="The slope is 1 above zero and 0 below.",
    sizes=[1, 2, 4],
)
def relu(needle, rng, record, size):
    check(needle, rng, record, needle.relu, a=some(rng, size))


# The graph


@case("topological order", points=5, group="The graph", hint="Every input must stand before what is made from it.")
def topological_order(needle, rng, record):
    nodes = [needle.Tensor(rng.standard_normal(3)) for _ in range(3)]
    edges = []
    while len(nodes) < 12:
        left, right = (int(each) for each in rng.choice(len(nodes), size=2, replace=False))
        edges += [(left, len(nodes)), (right, len(nodes))]
        nodes.append(needle.add(nodes[left], nodes[right]))
    root = nodes[0]
    for made in nodes[1:]:  # so that the root depends on all of them
        root = needle.add(root, made)
    number_of = {id(node): number for number, node in enumerate(nodes)}
    order = [number_of[id(node)] for node in needle.topological_order(root) if id(node) in number_of]
    record.ordering("order of the nodes", order, before=edges)


@case("a tensor used more than once", points=5, group="The graph", hint="Gradients of every use are added up.")
def accumulation(needle, rng, record):
    a, b, weights = (needle.Tensor(rng.standard_normal((2, 3))) for _ in range(3))
    shared = needle.add(a, b)
    gradients(needle, rng, record, needle.add(needle.multiply(shared, weights), needle.add(shared, a)), a=a, b=b)


@case("a long chain", points=2, group="The graph", hint="Walk the graph with a list of your own instead of recursion.")
def long_chain(needle, rng, record):
    start = needle.Tensor(rng.standard_normal(4))
    end = start
    for _ in range(1_200):  # deeper than Python's recursion limit of 1,000
        end = needle.negate(end)
    gradients(needle, rng, record, end, start=start)


# Shapes


@case("transpose", points=3, partial=True, group="Shapes", hint="The way back is the same exchange once more.")
def transpose(needle, rng, record):
    check(needle, rng, record, lambda a: needle.transpose(a, (0, 2)), a=rng.standard_normal((2, 3, 4)))


@case("reshape", points=2, partial=True, group="Shapes", hint="The gradient goes back to the shape of the input.")
def reshape(needle, rng, record):
    check(needle, rng, record, lambda a: needle.reshape(a, (2, 6)), a=rng.standard_normal((3, 4)))


@case("broadcast_to", points=2, partial=True, group="Shapes", hint="As numpy.broadcast_to does it.")
def broadcast_to(needle, rng, record):
    column, row = rng.standard_normal((3, 1)), rng.standard_normal(4)
    record.close("a column", needle.broadcast_to(needle.Tensor(column), (3, 4)).numpy(), rtol=RTOL, atol=ATOL)
    record.close("a row", needle.broadcast_to(needle.Tensor(row), (2, 3, 4)).numpy(), rtol=RTOL, atol=ATOL)


@case("gradient of broadcast_to", points=5, group="Shapes", hint="Sum over the axes that broadcasting stretched.")
def broadcast_to_gradient(needle, rng, record):
    for name, shape in {"column": (3, 1), "row": (4,), "scalar": ()}.items():
        tensor = needle.Tensor(rng.standard_normal(shape))
        gradients(needle, rng, record, needle.broadcast_to(tensor, (3, 4)), **{name: tensor})


@case("summation", points=2, partial=True, group="Shapes", hint="As numpy.sum does it; the summed axes disappear.")
def summation(needle, rng, record):
    a = needle.Tensor(rng.standard_normal((2, 3, 4)))
    for name, axes in {"all axes": None, "one axis": 1, "two axes": (0, 2), "the last axis": -1}.items():
        record.close(name, needle.summation(a, axes).numpy(), rtol=RTOL, atol=ATOL)


@case("gradient of summation", points=5, group="Shapes", hint="Every element that went into a sum gets its gradient.")
def summation_gradient(needle, rng, record):
    for name, axes in {"all axes": None, "one axis": 1, "two axes": (0, 2), "the last axis": -1}.items():
        a = needle.Tensor(rng.standard_normal((2, 3, 4)))
        gradients(needle, rng, record, needle.summation(a, axes), **{f"a, summed over {name}": a})


# Matrix products


@case("matmul", points=3, partial=True, group="Matrix products", hint="numpy.matmul does batches and broadcasting.")
def matmul(needle, rng, record):
    shapes = {"plain": ((3, 4), (4, 2)), "batched": ((5, 3, 4), (5, 4, 2)), "broadcast": ((5, 3, 4), (4, 2))}
    for name, (left, right) in shapes.items():
        a, b = needle.Tensor(rng.standard_normal(left)), needle.Tensor(rng.standard_normal(right))
        record.close(name, needle.matmul(a, b).numpy(), rtol=RTOL, atol=ATOL)


def check_matmul_gradient(needle, rng, record, left, right):
    a, b = needle.Tensor(rng.standard_normal(left)), needle.Tensor(rng.standard_normal(right))
    gradients(needle, rng, record, needle.matmul(a, b), a=a, b=b)


@case("gradient of matmul", points=5, group="Matrix products", hint="For c = a·b it is g·bᵀ for a, and aᵀ·g for b.")
def matmul_gradient(needle, rng, record):
    check_matmul_gradient(needle, rng, record, (3, 4), (4, 2))


@case("gradient of a batched matmul", points=3, group="Matrix products", hint="Transpose the last two axes only.")
def batched_matmul_gradient(needle, rng, record):
    check_matmul_gradient(needle, rng, record, (5, 3, 4), (5, 4, 2))


@case(
    "gradient of a broadcast matmul", points=5, group="Matrix products", hint="Sum over the batch that b was used for."
)
def broadcast_matmul_gradient(needle, rng, record):
    check_matmul_gradient(needle, rng, record, (5, 3, 4), (4, 2))


# Towards a network


@case(
    "logsumexp", points=3, partial=True, group="Towards a network", hint="The gradient is the softmax.", sizes=[1, 2, 3]
)
def logsumexp(needle, rng, record, size):
    check(needle, rng, record, lambda a: needle.logsumexp(a, 1), a=some(rng, size))


@case("logsumexp of large inputs", points=4, group="Towards a network", hint="Take the largest value out before exp.")
def logsumexp_large(needle, rng, record):
    # exp of these is infinite; they lie close together, so that no entry of the gradient is too small to be looked at.
    check(needle, rng, record, lambda a: needle.logsumexp(a, (0, 1)), a=1_000 + 2 * rng.standard_normal((3, 4)))


@case("a gradient of a gradient", points=6, group="Towards a network", hint="Write gradients with your own operations.")
def second_gradient(needle, rng, record):
    a = needle.Tensor(away_from_zero(rng, (3, 4)))
    output = needle.add(needle.multiply(needle.power(a, 3), needle.exp(a)), needle.log(a))
    output.backward()
    first = a.grad
    first.backward()
    record.close("first gradient", first.numpy(), rtol=RTOL, atol=ATOL)
    record.close("second gradient", a.grad.numpy(), rtol=RTOL, atol=ATOL)


@case(
    "softmax loss", points=3, group="Towards a network", hint="The mean over rows of logsumexp minus the right logit."
)
def softmax_loss(needle, rng, record):
    logits, labels = needle.Tensor(rng.standard_normal((6, 4))), needle.Tensor(one_hot_rows(rng, 6, 4))
    record.close("loss", needle.softmax_loss(logits, labels).numpy(), rtol=RTOL, atol=ATOL)


@case(
    "gradient of softmax loss",
    points=5,
    group="Towards a network",
    hint="It is (softmax - one-hot) / rows.",
    sizes=[1, 2, 6],
)
def softmax_loss_gradient(needle, rng, record, size):
    inputs, classes = rng.standard_normal((size, 4)), one_hot_rows(rng, size, 4)
    record.input("logits", inputs)
    record.input("labels", classes)
    logits, labels = needle.Tensor(inputs), needle.Tensor(classes)
    needle.softmax_loss(logits, labels).backward()
    record.close("gradient of logits", logits.grad.numpy(), rtol=RTOL, atol=ATOL)


@case(
    "one epoch of a two-layer network", points=9, group="Towards a network", hint="Each batch starts from new weights."
)
def train_epoch(needle, rng, record):
    rows, features, hidden, classes = 50, 8, 10, 4
    inputs, labels = rng.standard_normal((rows, features)), one_hot_rows(rng, rows, classes)
    weights = tuple(needle.Tensor(rng.standard_normal(shape) / 3) for shape in [(features, hidden), (hidden, classes)])
    first, second = needle.train_epoch(inputs, labels, weights, learning_rate=0.2, batch_size=16)
    record.close("the first weight matrix", first.numpy(), rtol=TRAINED_RTOL, atol=ATOL)
    record.close("the second weight matrix", second.numpy(), rtol=TRAINED_RTOL, atol=ATOL)
