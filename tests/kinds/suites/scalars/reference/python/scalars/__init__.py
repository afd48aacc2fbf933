"""A tensor that remembers how it was made."""

import numpy as np


class Tensor:
    def __init__(self, array, inputs=(), gradients=None):
        self.data = np.asarray(array, np.float32)
        self.inputs = inputs
        self.gradients = gradients
        self.grad = None

    @property
    def shape(self):
        return self.data.shape

    def numpy(self):
        return self.data

    def detach(self):
        return Tensor(self.data)

    def __add__(self, other):
        return add(self, other)

    def __mul__(self, other):
        return multiply(self, other)

    def backward(self, gradient=None):
        self.grad = Tensor(np.ones(self.shape)) if gradient is None else gradient
        gradients = {self: self.grad.data}
        for node in reversed(order(self)):
            node.grad = Tensor(gradients[node])
            if node.gradients is None:
                continue
            for parent, each in zip(node.inputs, node.gradients(gradients[node]), strict=True):
                gradients[parent] = gradients[parent] + each if parent in gradients else each


def order(root):
    """Return the nodes below a root, each after what it is made from."""
    found = []

    def visit(node):
        for parent in node.inputs:
            visit(parent)
        if node not in found:
            found.append(node)

    visit(root)
    return found


def add(a, b):
    return Tensor(a.data + b.data, (a, b), lambda gradient: (gradient, gradient))


def multiply(a, b):
    return Tensor(a.data * b.data, (a, b), lambda gradient: (gradient * b.data, gradient * a.data))


def matmul(a, b):
    return Tensor(a.data @ b.data, (a, b), lambda gradient: (gradient @ b.data.T, a.data.T @ gradient))


def summation(a):
    return Tensor(a.data.sum(), (a,), lambda gradient: (np.broadcast_to(gradient, a.shape),))
