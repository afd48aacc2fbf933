"""The library of the suite ``autodiff`` with PyTorch's autograd inside."""

import torch

torch_float = torch.float64


class Tensor:
    def __init__(self, data, inputs=()):
        self.data = data if isinstance(data, torch.Tensor) else torch.tensor(data, dtype=torch_float)
        if not self.data.requires_grad:
            self.data.requires_grad_()
        self.inputs = tuple(inputs)
        self.grad = None

    def numpy(self):
        return self.data.detach().numpy()

    @property
    def shape(self):
        return tuple(self.data.shape)

    def backward(self, out_grad=None):
        seed = torch.ones_like(self.data) if out_grad is None else out_grad.data
        nodes = topological_order(self)
        found = torch.autograd.grad(
            (self.data * seed).sum(), [node.data for node in nodes], create_graph=True, allow_unused=True
        )
        for node, gradient in zip(nodes, found, strict=True):
            if gradient is not None:
                node.grad = Tensor(gradient, nodes)


def topological_order(root):
    order, seen, waiting = [], set(), [(root, False)]
    while waiting:
        node, is_done = waiting.pop()
        if is_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            waiting.append((node, True))
            waiting += [(each, False) for each in node.inputs]
    return order


def operation(function):
    def apply(*tensors):
        return Tensor(function(*(each.data for each in tensors)), tensors)

    return apply


add, multiply, divide = operation(torch.add), operation(torch.mul), operation(torch.div)
negate, log, exp, relu, matmul = map(operation, (torch.neg, torch.log, torch.exp, torch.relu, torch.matmul))


def power(a, exponent):
    return operation(lambda a: a**exponent)(a)


def transpose(a, axes=(-2, -1)):
    return operation(lambda a: a.transpose(*axes))(a)


def reshape(a, shape):
    return operation(lambda a: a.reshape(shape))(a)


def broadcast_to(a, shape):
    return operation(lambda a: a.broadcast_to(shape))(a)


def summation(a, axes=None):
    return operation(lambda a: a.sum() if axes is None else a.sum(dim=axes))(a)


def logsumexp(a, axes=None):
    return operation(lambda a: torch.logsumexp(a, dim=tuple(range(a.dim())) if axes is None else axes))(a)


def softmax_loss(logits, one_hot):
    return operation(torch.nn.functional.cross_entropy)(logits, one_hot)


def train_epoch(inputs, one_hot, weights, *, learning_rate, batch_size):
    first, second = (each.data.detach().clone().requires_grad_() for each in weights)
    for rows, labels in zip(
        torch.from_numpy(inputs).split(batch_size), torch.from_numpy(one_hot).split(batch_size), strict=True
    ):
        loss = torch.nn.functional.cross_entropy(torch.relu(rows @ first) @ second, labels)
        gradients = torch.autograd.grad(loss, [first, second])
        first, second = (
            (each - learning_rate * gradient).detach().requires_grad_()
            for each, gradient in zip((first, second), gradients, strict=True)
        )
    return Tensor(first.detach()), Tensor(second.detach())
