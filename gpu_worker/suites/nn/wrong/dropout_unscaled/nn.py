"""A small library of neural networks over NumPy.

A :class:`Module` is a layer, or is made of layers. ``forward`` computes its output and remembers what the way back
needs; ``backward`` takes the gradient of that output, adds to the gradient of each of its parameters, and returns the
gradient of its input. All numbers are float64.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.random import Generator


class Parameter:
    """An array that is trained, and its gradient: None until one has arrived."""

    def __init__(self, data: np.ndarray) -> None:
        self.data = data
        self.grad: np.ndarray | None = None

    def add_gradient(self, gradient: np.ndarray) -> None:
        """Add a gradient, which has the shape of ``data``, to those that have arrived since they were last cleared."""
        self.grad = gradient if self.grad is None else self.grad + gradient


class Module:
    """A layer, or something that is made of layers. ``training`` is False while a model is only evaluated."""

    training = True

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return self.forward(x)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return the output for x, and remember what ``backward`` needs."""
        raise NotImplementedError

    def backward(self, out_grad: np.ndarray) -> np.ndarray:
        """Return the gradient of the last input, given that of the last output; add to those of the parameters."""
        raise NotImplementedError

    def modules(self) -> Iterator["Module"]:
        """Yield this module and all below it: those in its attributes, and in lists and tuples there."""
        yield self
        for value in vars(self).values():
            for each in value if isinstance(value, list | tuple) else [value]:
                if isinstance(each, Module):
                    yield from each.modules()

    def parameters(self) -> list[Parameter]:
        """Return the parameters of this module and of all below it."""
        return [value for each in self.modules() for value in vars(each).values() if isinstance(value, Parameter)]

    def train(self) -> None:
        """Prepare for training, here and below."""
        for each in self.modules():
            each.training = True

    def eval(self) -> None:
        """Prepare for evaluation, here and below."""
        for each in self.modules():
            each.training = False


# Initial values: matrices (fan_in, fan_out), drawn with one call of the generator


def xavier_uniform(fan_in: int, fan_out: int, *, rng: Generator, gain: float = 1.0) -> np.ndarray:
    """Draw from ``rng.uniform`` between -a and a, with a = gain·√(6 / (fan_in + fan_out))."""
    bound = gain * np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-bound, bound, (fan_in, fan_out))


def xavier_normal(fan_in: int, fan_out: int, *, rng: Generator, gain: float = 1.0) -> np.ndarray:
    """Draw from ``rng.normal`` with mean 0 and standard deviation gain·√(2 / (fan_in + fan_out))."""
    return rng.normal(0, gain * np.sqrt(2 / (fan_in + fan_out)), (fan_in, fan_out))


def kaiming_uniform(fan_in: int, fan_out: int, *, rng: Generator) -> np.ndarray:
    """Draw from ``rng.uniform`` between -a and a, with a = √2·√(3 / fan_in): the gain of ReLU is √2."""
    bound = np.sqrt(2) * np.sqrt(3 / fan_in)
    return rng.uniform(-bound, bound, (fan_in, fan_out))


def kaiming_normal(fan_in: int, fan_out: int, *, rng: Generator) -> np.ndarray:
    """Draw from ``rng.normal`` with mean 0 and standard deviation √2 / √fan_in: the gain of ReLU is √2."""
    return rng.normal(0, np.sqrt(2) / np.sqrt(fan_in), (fan_in, fan_out))


# Layers


class Linear(Module):
    """``x @ weight + bias``, for x (..., inputs).

    ``weight`` (inputs, outputs) begins as ``kaiming_uniform`` draws it, ``bias`` (outputs) as zeros. Without a bias,
    ``bias`` is None.
    """

    def __init__(self, inputs: int, outputs: int, *, rng: Generator, bias: bool = True) -> None:
        self.weight = Parameter(kaiming_uniform(inputs, outputs, rng=rng))
        self.bias = Parameter(np.zeros(outputs)) if bias else None

    def forward(self, x: np.ndarray) -> np.ndarray:
        self._x = x
        output = x @ self.weight.data
        return output if self.bias is None else output + self.bias.data

    def backward(self, out_grad: np.ndarray) -> np.ndarray:
        rows, out_rows = self._x.reshape(-1, self._x.shape[-1]), out_grad.reshape(-1, out_grad.shape[-1])
        self.weight.add_gradient(rows.T @ out_rows)
        if self.bias is not None:
            self.bias.add_gradient(out_rows.sum(axis=0))
        return out_grad @ self.weight.data.T


class ReLU(Module):
    """Each element, or 0 where it is negative."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self._positive = x > 0
        return np.where(self._positive, x, 0.0)

    def backward(self, out_grad: np.ndarray) -> np.ndarray:
        return np.where(self._positive, out_grad, 0.0)


class Sequential(Module):
    """Modules one after another."""

    def __init__(self, *parts: Module) -> None:
        self.parts = parts

    def forward(self, x: np.ndarray) -> np.ndarray:
        for part in self.parts:
            x = part(x)
        return x

    def backward(self, out_grad: np.ndarray) -> np.ndarray:
        for part in reversed(self.parts):
            out_grad = part.backward(out_grad)
        return out_grad


class Residual(Module):
    """``x + part(x)``."""

    def __init__(self, part: Module) -> None:
        self.part = part

    def forward(self, x: np.ndarray) -> np.ndarray:
        return x + self.part(x)

    def backward(self, out_grad: np.ndarray) -> np.ndarray:
        return out_grad + self.part.backward(out_grad)


class Dropout(Module):
    """In training, each element is 0 with this probability, and else divided by 1 - probability.

    Every forward pass draws ``rng.random(x.shape)``; an element is dropped where its number is below the probability.
    In evaluation, x passes unchanged and nothing is drawn.
    """

    def __init__(self, probability: float, *, rng: Generator) -> None:
        self.probability, self.rng = probability, rng

    def forward(self, x: np.ndarray) -> np.ndarray:
        if self.training:
            self._factors = (self.rng.random(x.shape) >= self.probability).astype(x.dtype)
        else:
            self._factors = np.ones(x.shape)
        return x * self._factors

    def backward(self, out_grad: np.ndarray) -> np.ndarray:
        return out_grad * self._factors


class LayerNorm(Module):
    """Normalise each row, along the last axis, to mean 0 and variance 1, then multiply by ``scale`` and add ``shift``.

    The variance divides by n, and ``epsilon`` is added to it. ``scale`` begins as ones, ``shift`` as zeros.
    """

    def __init__(self, features: int, *, epsilon: float = 1e-5) -> None:
        self.scale, self.shift = Parameter(np.ones(features)), Parameter(np.zeros(features))
        self.epsilon = epsilon

    def forward(self, x: np.ndarray) -> np.ndarray:
        self._deviation = np.sqrt(x.var(axis=-1, keepdims=True) + self.epsilon)
        self._normal = (x - x.mean(axis=-1, keepdims=True)) / self._deviation
        return self._normal * self.scale.data + self.shift.data

    def backward(self, out_grad: np.ndarray) -> np.ndarray:
        leading = tuple(range(out_grad.ndim - 1))
        self.scale.add_gradient((out_grad * self._normal).sum(axis=leading))
        self.shift.add_gradient(out_grad.sum(axis=leading))
        return _through_statistics(out_grad * self.scale.data, self._normal, axis=-1) / self._deviation


class BatchNorm(Module):
    """Normalise each feature over the rows of x (rows, features), then multiply by ``scale`` and add ``shift``.

    In training, mean and variance are those of the batch (the variance divides by n), and ``running_mean`` and
    ``running_variance``, which begin as zeros and ones, become ``(1 - momentum)·old + momentum·of the batch``. In
    evaluation, the running ones are used and stay as they are. ``epsilon`` is added to the variance.
    """

    def __init__(self, features: int, *, epsilon: float = 1e-5, momentum: float = 0.1) -> None:
        self.scale, self.shift = Parameter(np.ones(features)), Parameter(np.zeros(features))
        self.running_mean, self.running_variance = np.zeros(features), np.ones(features)
        self.epsilon, self.momentum = epsilon, momentum

    def forward(self, x: np.ndarray) -> np.ndarray:
        mean, variance = self.running_mean, self.running_variance
        if self.training:
            mean, variance = x.mean(axis=0), x.var(axis=0)
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_variance = (1 - self.momentum) * self.running_variance + self.momentum * variance
        self._deviation = np.sqrt(variance + self.epsilon)
        self._normal = (x - mean) / self._deviation
        return self._normal * self.scale.data + self.shift.data

    def backward(self, out_grad: np.ndarray) -> np.ndarray:
        self.scale.add_gradient((out_grad * self._normal).sum(axis=0))
        self.shift.add_gradient(out_grad.sum(axis=0))
        normal_grad = out_grad * self.scale.data
        if self.training:
            normal_grad = _through_statistics(normal_grad, self._normal, axis=0)
        return normal_grad / self._deviation


def _through_statistics(normal_grad: np.ndarray, normal: np.ndarray, *, axis: int) -> np.ndarray:
    """Return the gradient of x, but for the division by its deviation: mean and variance depend on x as well."""
    along_normal = normal * (normal_grad * normal).mean(axis=axis, keepdims=True)
    return normal_grad - normal_grad.mean(axis=axis, keepdims=True) - along_normal


class SoftmaxLoss:
    """The mean over the rows of -log softmax at the right class."""

    def forward(self, logits: np.ndarray, labels: np.ndarray) -> float:
        """Return the loss of logits (rows, classes) for the whole numbers ``labels`` (rows). Logits may be large."""
        shifted = logits - logits.max(axis=1, keepdims=True)
        self._log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        self._labels = labels
        return float(-self._log_probabilities[np.arange(len(labels)), labels].mean())

    def backward(self) -> np.ndarray:
        """Return the gradient of the logits of the last forward pass."""
        gradient = np.exp(self._log_probabilities)
        gradient[np.arange(len(self._labels)), self._labels] -= 1
        return gradient / len(self._labels)


# Networks


def residual_block(
    features: int, hidden: int, *, rng: Generator, norm: type[Module] = BatchNorm, probability: float = 0.1
) -> Module:
    """Return ReLU(x + part(x)), where part is Linear, norm, ReLU, Dropout, Linear, norm: to ``hidden`` and back."""
    part = Sequential(
        Linear(features, hidden, rng=rng),
        norm(hidden),
        ReLU(),
        Dropout(probability, rng=rng),
        Linear(hidden, features, rng=rng),
        norm(features),
    )
    return Sequential(Residual(part), ReLU())


def residual_network(
    inputs: int,
    features: int,
    classes: int,
    *,
    rng: Generator,
    blocks: int = 2,
    norm: type[Module] = BatchNorm,
    probability: float = 0.1,
) -> Module:
    """Return Linear, ReLU, a number of residual blocks, Linear. A block's ``hidden`` is half of ``features``."""
    middle = [
        residual_block(features, features // 2, rng=rng, norm=norm, probability=probability) for _ in range(blocks)
    ]
    return Sequential(Linear(inputs, features, rng=rng), ReLU(), *middle, Linear(features, classes, rng=rng))


# Optimisers


class Optimiser:
    """Changes parameters by their gradients. A parameter that has no gradient stays as it is."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self.parameters = list(parameters)

    def clear_gradients(self) -> None:
        """Forget the gradients, before a new backward pass."""
        for each in self.parameters:
            each.grad = None

    def step(self) -> None:
        """Change every parameter once."""
        raise NotImplementedError


class SGD(Optimiser):
    """Gradient descent with momentum.

    With g = gradient + weight_decay·parameter: velocity = momentum·velocity + g, from 0 on; the parameter moves by
    -learning_rate·velocity.
    """

    def __init__(
        self,
        parameters: Sequence[Parameter],
        *,
        learning_rate: float,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters)
        self.learning_rate, self.momentum, self.weight_decay = learning_rate, momentum, weight_decay
        self._velocities = [np.zeros_like(each.data) for each in self.parameters]

    def step(self) -> None:
        for index, each in enumerate(self.parameters):
            if each.grad is not None:
                gradient = each.grad + self.weight_decay * each.data
                self._velocities[index] = self.momentum * self._velocities[index] + gradient
                each.data = each.data - self.learning_rate * self._velocities[index]


class Adam(Optimiser):
    """Adam, with g = gradient + weight_decay·parameter.

    first = beta₁·first + (1 - beta₁)·g and second = beta₂·second + (1 - beta₂)·g², both from 0 on. In step t, counted
    from 1, the parameter moves by -learning_rate·f / (√s + epsilon), with f = first / (1 - beta₁ᵗ) and
    s = second / (1 - beta₂ᵗ).
    """

    def __init__(
        self,
        parameters: Sequence[Parameter],
        *,
        learning_rate: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters)
        self.learning_rate, self.betas, self.epsilon, self.weight_decay = learning_rate, betas, epsilon, weight_decay
        self._firsts = [np.zeros_like(each.data) for each in self.parameters]
        self._seconds = [np.zeros_like(each.data) for each in self.parameters]
        self._steps = 0

    def step(self) -> None:
        self._steps += 1
        for index, each in enumerate(self.parameters):
            if each.grad is not None:
                gradient = each.grad + self.weight_decay * each.data
                self._firsts[index] = self.betas[0] * self._firsts[index] + (1 - self.betas[0]) * gradient
                self._seconds[index] = self.betas[1] * self._seconds[index] + (1 - self.betas[1]) * gradient**2
                first = self._firsts[index] / (1 - self.betas[0] ** self._steps)
                second = self._seconds[index] / (1 - self.betas[1] ** self._steps)
                each.data = each.data - self.learning_rate * first / (np.sqrt(second) + self.epsilon)


# Data and training


class DataLoader:
    """Batches of (inputs, labels), anew for each ``for`` loop over it. The last batch may be smaller.

    Without a generator the rows come in order. With one, every epoch begins with ``rng.permutation(number of rows)``
    and takes the rows in that order.
    """

    def __init__(
        self, inputs: np.ndarray, labels: np.ndarray, *, batch_size: int, rng: Generator | None = None
    ) -> None:
        self.inputs, self.labels, self.batch_size, self.rng = inputs, labels, batch_size, rng

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return -(-len(self.inputs) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        rows = len(self.inputs)
        order = np.arange(rows) if self.rng is None else self.rng.permutation(rows)
        for start in range(0, rows, self.batch_size):
            batch = order[start : start + self.batch_size]
            yield self.inputs[batch], self.labels[batch]


def train_epoch(model: Module, loader: DataLoader, loss: SoftmaxLoss, optimiser: Optimiser) -> float:
    """Train for one epoch, one step per batch, and return the mean loss over its rows, each as it was trained on."""
    model.train()
    total, rows = 0.0, 0
    for inputs, labels in loader:
        total += loss.forward(model(inputs), labels) * len(labels)
        rows += len(labels)
        optimiser.clear_gradients()
        model.backward(loss.backward())
        optimiser.step()
    return total / rows


def evaluate(model: Module, loader: DataLoader, loss: SoftmaxLoss) -> tuple[float, float]:
    """Return the mean loss over the rows and the share of rows whose largest logit is another class's.

    The model is evaluated as one that is not being trained, and changes in nothing else.
    """
    model.eval()
    total, wrong, rows = 0.0, 0, 0
    for inputs, labels in loader:
        logits = model(inputs)
        total += loss.forward(logits, labels) * len(labels)
        wrong += int((logits.argmax(axis=1) != labels).sum())
        rows += len(labels)
    return total / rows, wrong / rows


def train(model: Module, loader: DataLoader, loss: SoftmaxLoss, optimiser: Optimiser, *, epochs: int) -> list[float]:
    """Train for a number of epochs and return the mean loss of each."""
    return [train_epoch(model, loader, loss, optimiser) for _ in range(epochs)]
