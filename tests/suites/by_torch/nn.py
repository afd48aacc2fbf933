"""The library of the suite ``nn`` with PyTorch inside: its layers, its autograd, its optimisers."""

import numpy as np
import torch
from torch.nn import functional


class Parameter:
    def __init__(self, data):
        self.data, self.grad = data, None


class Module:
    training = True

    def __call__(self, x):
        return self.forward(x)

    def modules(self):
        yield self
        for value in vars(self).values():
            for each in value if isinstance(value, list | tuple) else [value]:
                if isinstance(each, Module):
                    yield from each.modules()

    def parameters(self):
        return [value for each in self.modules() for value in vars(each).values() if isinstance(value, Parameter)]

    def train(self, mode=True):
        for each in self.modules():
            each.training = mode

    def eval(self):
        self.train(mode=False)


class Layer(Module):
    """A layer of which only ``compute``, on tensors, is written."""

    def forward(self, x):
        own = [each for each in vars(self).values() if isinstance(each, Parameter)]
        self.leaves = {None: leaf(x), **{each: leaf(each.data) for each in own}}
        self.output = self.compute(*self.leaves.values())
        return self.output.detach().numpy()

    def backward(self, out_grad):
        total = (self.output * torch.from_numpy(out_grad)).sum()
        gradients = torch.autograd.grad(total, list(self.leaves.values()))
        for parameter, gradient in zip(self.leaves, gradients, strict=True):
            if parameter is not None:
                earlier = 0.0 if parameter.grad is None else parameter.grad
                parameter.grad = gradient.numpy() + earlier
        return gradients[0].numpy()


def leaf(array):
    return torch.tensor(array, requires_grad=True)


def xavier_uniform(fan_in, fan_out, *, rng, gain=1.0):
    return gain * (6 / (fan_in + fan_out)) ** 0.5 * (2 * rng.random((fan_in, fan_out)) - 1)


def xavier_normal(fan_in, fan_out, *, rng, gain=1.0):
    return rng.standard_normal((fan_in, fan_out)) * gain * (2 / (fan_in + fan_out)) ** 0.5


def kaiming_uniform(fan_in, fan_out, *, rng):
    return (6 / fan_in) ** 0.5 * (2 * rng.random((fan_in, fan_out)) - 1)


def kaiming_normal(fan_in, fan_out, *, rng):
    return rng.standard_normal((fan_in, fan_out)) / (fan_in / 2) ** 0.5


class Linear(Layer):
    def __init__(self, inputs, outputs, *, rng, bias=True):
        self.weight = Parameter(kaiming_uniform(inputs, outputs, rng=rng))
        self.bias = Parameter(np.zeros(outputs)) if bias else None

    def compute(self, x, weight, bias=None):
        return functional.linear(x, weight.T, bias)


class ReLU(Layer):
    compute = staticmethod(torch.relu)


class Dropout(Layer):
    def __init__(self, probability, *, rng):
        self.probability, self.rng = probability, rng

    def compute(self, x):
        if not self.training:
            return x * 1
        stays = torch.from_numpy(self.rng.random(tuple(x.shape)) >= self.probability)
        return torch.where(stays, x / (1 - self.probability), 0.0)


class LayerNorm(Layer):
    def __init__(self, features, *, epsilon=1e-5):
        self.scale, self.shift, self.epsilon = Parameter(np.ones(features)), Parameter(np.zeros(features)), epsilon

    def compute(self, x, scale, shift):
        return functional.layer_norm(x, scale.shape, scale, shift, self.epsilon)


class BatchNorm(Layer):
    def __init__(self, features, *, epsilon=1e-5, momentum=0.1):
        self.scale, self.shift = Parameter(np.ones(features)), Parameter(np.zeros(features))
        self.running_mean, self.running_variance = np.zeros(features), np.ones(features)
        self.epsilon, self.momentum = epsilon, momentum

    def compute(self, x, scale, shift):
        mean, variance = torch.tensor(self.running_mean), torch.tensor(self.running_variance)
        output = functional.batch_norm(x, mean, variance, scale, shift, self.training, 0.0, self.epsilon)
        if self.training:
            variance, mean = torch.var_mean(x.detach(), dim=0, correction=0)
            self.running_mean = self.running_mean + self.momentum * (mean.numpy() - self.running_mean)
            self.running_variance = self.running_variance + self.momentum * (variance.numpy() - self.running_variance)
        return output


class Sequential(Module):
    def __init__(self, *parts):
        self.parts = parts

    def forward(self, x):
        for part in self.parts:
            x = part(x)
        return x

    def backward(self, out_grad):
        for part in self.parts[::-1]:
            out_grad = part.backward(out_grad)
        return out_grad


class Residual(Module):
    def __init__(self, part):
        self.part = part

    def forward(self, x):
        return self.part(x) + x

    def backward(self, out_grad):
        return self.part.backward(out_grad) + out_grad


class SoftmaxLoss:
    def forward(self, logits, labels):
        self.logits = leaf(logits)
        self.loss = functional.cross_entropy(self.logits, torch.from_numpy(labels))
        return self.loss.item()

    def backward(self):
        return torch.autograd.grad(self.loss, self.logits)[0].numpy()


def residual_block(features, hidden, *, rng, norm=BatchNorm, probability=0.1):
    into, out = Linear(features, hidden, rng=rng), Linear(hidden, features, rng=rng)
    inner = Sequential(into, norm(hidden), ReLU(), Dropout(probability, rng=rng), out, norm(features))
    return Sequential(Residual(inner), ReLU())


def residual_network(inputs, features, classes, *, rng, blocks=2, norm=BatchNorm, probability=0.1):
    parts = [Linear(inputs, features, rng=rng), ReLU()]
    for _ in range(blocks):
        parts.append(residual_block(features, features // 2, rng=rng, norm=norm, probability=probability))
    return Sequential(*parts, Linear(features, classes, rng=rng))


class Optimiser:
    """PyTorch's optimiser of the same name, on copies of the parameters."""

    def __init__(self, parameters, *, learning_rate=0.001, epsilon=None, **options):
        if epsilon is not None:
            options["eps"] = epsilon
        self.own = list(parameters)
        self.copies = [torch.nn.Parameter(torch.tensor(each.data)) for each in self.own]
        self.optimiser = self.kind(self.copies, lr=learning_rate, foreach=False, **options)

    def clear_gradients(self):
        for each in self.own:
            each.grad = None

    def step(self):
        for own, copy in zip(self.own, self.copies, strict=True):
            copy.grad = None if own.grad is None else torch.tensor(own.grad)
        self.optimiser.step()
        for own, copy in zip(self.own, self.copies, strict=True):
            own.data = copy.detach().numpy().copy()


class SGD(Optimiser):
    kind = torch.optim.SGD


class Adam(Optimiser):
    kind = torch.optim.Adam


class DataLoader:
    def __init__(self, inputs, labels, *, batch_size, rng=None):
        self.inputs, self.labels, self.batch_size, self.rng = inputs, labels, batch_size, rng

    def __len__(self):
        return len(range(0, len(self.inputs), self.batch_size))

    def __iter__(self):
        order = np.arange(len(self.inputs))
        if self.rng is not None:
            self.rng.shuffle(order)
        for rows in np.split(order, range(self.batch_size, len(order), self.batch_size)):
            yield self.inputs[rows], self.labels[rows]


def train_epoch(model, loader, loss, optimiser):
    model.train()
    losses, sizes = [], []
    for inputs, labels in loader:
        losses.append(loss.forward(model(inputs), labels))
        sizes.append(len(labels))
        optimiser.clear_gradients()
        model.backward(loss.backward())
        optimiser.step()
    return float(np.average(losses, weights=sizes))


def evaluate(model, loader, loss):
    model.eval()
    logits, labels = (np.concatenate(each) for each in zip(*((model(x), y) for x, y in loader), strict=True))
    return loss.forward(logits, labels), 1 - float((logits.argmax(axis=1) == labels).mean())


def train(model, loader, loss, optimiser, *, epochs):
    return [train_epoch(model, loader, loss, optimiser) for _ in range(epochs)]
