"""A small automatic differentiation library over NumPy.

A :class:`Tensor` holds a float64 array and remembers the :class:`Op` and the inputs that it came from. Every op
knows two things: how to compute its value from arrays (``compute``), and how to turn the gradient of its output
into the gradients of its inputs (``gradient``). Gradients are written with the same functions as everything
else, so they are part of the graph too, and a gradient can be differentiated again.
"""

from collections.abc import Sequence

import numpy as np

Shape = tuple[int, ...]
Axes = int | tuple[int, ...] | None


# The graph


class Op:
    """One kind of step in a computation."""

    def compute(self, *arrays: np.ndarray) -> np.ndarray:
        """Return the value of this step for these input arrays."""
        raise NotImplementedError

    def gradient(self, out_grad: "Tensor", node: "Tensor") -> tuple["Tensor", ...]:
        """Return one gradient for each of ``node.inputs``, each with the shape of that input.

        ``out_grad`` is the gradient of the final result with respect to ``node``.
        """
        raise NotImplementedError

    def __call__(self, *inputs: "Tensor") -> "Tensor":
        """Compute the value and return it as a tensor that remembers where it came from."""
        return Tensor(self.compute(*(each.data for each in inputs)), op=self, inputs=inputs)


class Tensor:
    """An array, and how it was computed.

    ``grad`` is None until ``backward`` was called on something that depends on this tensor.
    """

    def __init__(self, data: object, *, op: Op | None = None, inputs: Sequence["Tensor"] = ()) -> None:
        self.data = np.asarray(data, dtype=np.float64)
        self.op = op
        self.inputs = tuple(inputs)
        self.grad: Tensor | None = None

    def numpy(self) -> np.ndarray:
        """Return the value as an array."""
        return self.data

    def detach(self) -> "Tensor":
        """Return the same value as a leaf, without its history."""
        return Tensor(self.data)

    @property
    def shape(self) -> Shape:
        """The shape of the value."""
        return self.data.shape

    def backward(self, out_grad: "Tensor | None" = None) -> None:
        """Set ``grad`` on this tensor and on every tensor it was computed from.

        ``out_grad`` is the gradient to begin with, and all ones where it is left out. Every call starts afresh:
        it replaces gradients that an earlier call left behind.
        """
        arrived: dict[int, list[Tensor]] = {id(self): [out_grad if out_grad is not None else ones(self.shape)]}
        for node in reversed(topological_order(self)):
            node.grad = sum_of(arrived[id(node)])
            if node.op is None:
                continue
            for each, gradient in zip(node.inputs, node.op.gradient(node.grad, node), strict=True):
                arrived.setdefault(id(each), []).append(gradient)

    def __add__(self, other: "Tensor") -> "Tensor":
        return add(self, other)

    def __sub__(self, other: "Tensor") -> "Tensor":
        return add(self, negate(other))

    def __mul__(self, other: "Tensor") -> "Tensor":
        return multiply(self, other)

    def __truediv__(self, other: "Tensor") -> "Tensor":
        return divide(self, other)

    def __matmul__(self, other: "Tensor") -> "Tensor":
        return matmul(self, other)

    def __neg__(self) -> "Tensor":
        return negate(self)


def ones(shape: Shape) -> Tensor:
    """Return a leaf full of ones."""
    return Tensor(np.ones(shape))


def constant(value: float, like: Tensor) -> Tensor:
    """Return a leaf of the shape of ``like`` that holds ``value`` everywhere."""
    return Tensor(np.full(like.shape, value))


def sum_of(tensors: Sequence[Tensor]) -> Tensor:
    """Add up one or more tensors of the same shape."""
    total = tensors[0]
    for each in tensors[1:]:
        total = add(total, each)
    return total


def topological_order(root: Tensor) -> list[Tensor]:
    """Return every tensor that ``root`` was computed from, and ``root`` itself at the end, inputs before outputs.

    The walk keeps a stack of its own, because a long computation is deeper than Python's recursion limit.
    """
    order: list[Tensor] = []
    seen: set[int] = set()
    stack = [(root, False)]
    while stack:
        node, inputs_are_done = stack.pop()
        if inputs_are_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((each, False) for each in reversed(node.inputs))
    return order


# Element by element


class Add(Op):
    def compute(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return a + b

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, ...]:
        return out_grad, out_grad


class Multiply(Op):
    def compute(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return a * b

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, ...]:
        a, b = node.inputs
        return out_grad * b, out_grad * a


class Divide(Op):
    def compute(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return a / b

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, ...]:
        a, b = node.inputs
        return out_grad / b, -(out_grad * a / (b * b))


class Power(Op):
    def __init__(self, exponent: float) -> None:
        self.exponent = exponent

    def compute(self, a: np.ndarray) -> np.ndarray:
        return a**self.exponent

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, ...]:
        (a,) = node.inputs
        return (out_grad * constant(self.exponent, like=a) * power(a, self.exponent - 1),)


class Negate(Op):
    def compute(self, a: np.ndarray) -> np.ndarray:
        return -a

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, ...]:
        return (-out_grad,)


class Log(Op):
    def compute(self, a: np.ndarray) -> np.ndarray:
        return np.log(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, ...]:
        (a,) = node.inputs
        return (out_grad / a,)


class Exp(Op):
    def compute(self, a: np.ndarray) -> np.ndarray:
        return np.exp(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, ...]:
        return (out_grad * node,)


class ReLU(Op):
    def compute(self, a: np.ndarray) -> np.ndarray:
        return np.maximum(a, 0)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, ...]:
        (a,) = node.inputs
        return (out_grad * Tensor(a.data > 0),)


# Shapes


class Transpose(Op):
    def __init__(self, axes: tuple[int, int]) -> None:
        self.axes = axes

    def compute(self, a: np.ndarray) -> np.ndarray:
        return np.swapaxes(a, *self.axes)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, ...]:
        return (transpose(out_grad, self.axes),)


class Reshape(Op):
    def __init__(self, shape: Shape) -> None:
        self.shape = shape

    def compute(self, a: np.ndarray) -> np.ndarray:
        return np.reshape(a, self.shape)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, ...]:
        return (reshape(out_grad, node.inputs[0].shape),)


class BroadcastTo(Op):
    def __init__(self, shape: Shape) -> None:
        self.shape = shape

    def compute(self, a: np.ndarray) -> np.ndarray:
        return np.broadcast_to(a, self.shape)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, ...]:
        return (out_grad,)


class Summation(Op):
    def __init__(self, axes: Axes) -> None:
        self.axes = axes

    def compute(self, a: np.ndarray) -> np.ndarray:
        return np.sum(a, axis=self.axes)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, ...]:
        return (stretch_back(out_grad, self.axes, node.inputs[0].shape),)


def stretch_back(a: Tensor, axes: Axes, shape: Shape) -> Tensor:
    """Undo a summation over ``axes``: repeat ``a`` along them until it has ``shape`` again."""
    if axes is None:
        summed = set(range(len(shape)))
    else:
        summed = {axis % len(shape) for axis in (axes if isinstance(axes, tuple) else (axes,))}
    kept = tuple(1 if axis in summed else length for axis, length in enumerate(shape))
    return broadcast_to(reshape(a, kept), shape)


# Matrices, and sums of exponentials


class MatMul(Op):
    def compute(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return a @ b

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, ...]:
        a, b = node.inputs
        return out_grad @ transpose(b), transpose(a) @ out_grad


class LogSumExp(Op):
    """The largest value is taken out first: ``exp`` of it could be infinite, ``exp`` of a difference is at most 1."""

    def __init__(self, axes: Axes) -> None:
        self.axes = axes

    def compute(self, a: np.ndarray) -> np.ndarray:
        largest = np.max(a, axis=self.axes, keepdims=True)
        total = np.sum(np.exp(a - largest), axis=self.axes, keepdims=True)
        return np.squeeze(np.log(total) + largest, axis=self.axes)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, ...]:
        (a,) = node.inputs
        softmax = exp(a - stretch_back(node, self.axes, a.shape))
        return (stretch_back(out_grad, self.axes, a.shape) * softmax,)


# What others call


def add(a: Tensor, b: Tensor) -> Tensor:
    """Return ``a + b``; both have the same shape."""
    return Add()(a, b)


def multiply(a: Tensor, b: Tensor) -> Tensor:
    """Return ``a * b``, element by element; both have the same shape."""
    return Multiply()(a, b)


def divide(a: Tensor, b: Tensor) -> Tensor:
    """Return ``a / b``, element by element; both have the same shape."""
    return Divide()(a, b)


def power(a: Tensor, exponent: float) -> Tensor:
    """Return ``a`` to the power of a number, element by element."""
    return Power(exponent)(a)


def negate(a: Tensor) -> Tensor:
    """Return ``-a``."""
    return Negate()(a)


def log(a: Tensor) -> Tensor:
    """Return the natural logarithm of each element."""
    return Log()(a)


def exp(a: Tensor) -> Tensor:
    """Return e to the power of each element."""
    return Exp()(a)


def relu(a: Tensor) -> Tensor:
    """Return each element, or 0 where it is negative."""
    return ReLU()(a)


def transpose(a: Tensor, axes: tuple[int, int] = (-2, -1)) -> Tensor:
    """Return ``a`` with two axes exchanged: the last two where nothing else is said."""
    return Transpose(axes)(a)


def reshape(a: Tensor, shape: Shape) -> Tensor:
    """Return the same elements, in the same order, in another shape."""
    return Reshape(shape)(a)


def broadcast_to(a: Tensor, shape: Shape) -> Tensor:
    """Return ``a`` repeated along new axes and along axes of length 1, as NumPy broadcasts, until it has ``shape``."""
    return BroadcastTo(shape)(a)


def summation(a: Tensor, axes: Axes = None) -> Tensor:
    """Return the sum over an axis, over several, or (None) over all; the summed axes disappear."""
    return Summation(axes)(a)


def matmul(a: Tensor, b: Tensor) -> Tensor:
    """Return the matrix product over the last two axes; the axes before them are broadcast."""
    return MatMul()(a, b)


def logsumexp(a: Tensor, axes: Axes = None) -> Tensor:
    """Return ``log(sum(exp(a)))`` over the given axes, finite even where ``exp(a)`` is not."""
    return LogSumExp(axes)(a)


def softmax_loss(logits: Tensor, one_hot: Tensor) -> Tensor:
    """Return the mean cross-entropy of the rows of ``logits``, as a scalar.

    A row of ``one_hot`` is 1 at the right class and 0 elsewhere.
    """
    rows, _ = logits.shape
    losses = logsumexp(logits, 1) - summation(logits * one_hot, 1)
    return summation(losses / constant(rows, like=losses))


def train_epoch(
    inputs: np.ndarray, one_hot: np.ndarray, weights: tuple[Tensor, Tensor], *, learning_rate: float, batch_size: int
) -> tuple[Tensor, Tensor]:
    """Train ``relu(inputs @ first) @ second`` for one pass over the rows, in order, and return the new weights.

    Each batch takes one step of plain gradient descent on the softmax loss. The last batch may be smaller.
    """
    first, second = weights
    for start in range(0, len(inputs), batch_size):
        batch = slice(start, start + batch_size)
        logits = relu(Tensor(inputs[batch]) @ first) @ second
        softmax_loss(logits, Tensor(one_hot[batch])).backward()
        first = Tensor(first.data - learning_rate * first.grad.data)
        second = Tensor(second.data - learning_rate * second.grad.data)
    return first, second
