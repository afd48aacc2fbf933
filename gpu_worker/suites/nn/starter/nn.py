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
    raise NotImplementedError("xavier_uniform is not written yet")


def xavier_normal(fan_in: int, fan_out: int, *, rng: Generator, gain: float = 1.0) -> np.ndarray:
    """Draw from ``rng.normal`` with mean 0 and standard deviation gain·√(2 / (fan_in + fan_out))."""
    raise NotImplementedError("xavier_normal is not written yet")


def kaiming_uniform(fan_in: int, fan_out: int, *, rng: Generator) -> np.ndarray:
    """Draw from ``rng.uniform`` between -a and a, with a = √2·√(3 / fan_in): the gain of ReLU is √2."""
    raise NotImplementedError("kaiming_uniform is not written yet")


def kaiming_normal(fan_in: int, fan_out: int, *, rng: Generator) -> np.ndarray:
    """Draw from ``rng.normal`` with mean 0 and standard deviation √2 / √fan_in: the gain of ReLU is √2."""
    raise NotImplementedError("kaiming_normal is not written yet")


# Layers


class Linear(Module):
    """``x @ weight + bias``, for x (..., inputs).

    ``weight`` (inputs, outputs) begins as ``kaiming_uniform`` draws it, ``bias`` (outputs) as zeros. Without a bias,
    ``bias`` is None.
    """

    def __init__(self, inputs: int, outputs: int, *, rng: Generator, bias: bool = True) -> None:
        raise NotImplementedError("Linear is not written yet")

    def forward(self, x: np.ndarray) -> np.ndarray:
        raise NotImplementedError("Linear.forward is not written yet")

    def backward(self, out_grad: np.ndarray) -> np.ndarray:
        raise NotImplementedError("Linear.backward is not written yet")


class ReLU(Module):
    """Each element, or 0 where it is negative."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        raise NotImplementedError("ReLU.forward is not written yet")

    def backward(self, out_grad: np.ndarray) -> np.ndarray:
        raise NotImplementedError("ReLU.backward is not written yet")


class Sequential(Module):
    """Modules one after another."""

    def __init__(self, *parts: Module) -> None:
        raise NotImplementedError("Sequential is not written yet")

    def forward(self, x: np.ndarray) -> np.ndarray:
        raise NotImplementedError("Sequential.forward is not written yet")

    def backward(self, out_grad: np.ndarray) -> np.ndarray:
        raise NotImplementedError("Sequential.backward is not written yet")


class Residual(Module):
    """``x + part(x)``."""

    def __init__(self, part: Module) -> None:
        raise NotImplementedError("Residual is not written yet")

    def forward(self, x: np.ndarray) -> np.ndarray:
        raise NotImplementedError("Residual.forward is not written yet")

    def backward(self, out_grad: np.ndarray) -> np.ndarray:
        raise NotImplementedError("Residual.backward is not written yet")


class Dropout(Module):
    """In training, each element is 0 with this probability, and else divided by 1 - probability.

    Every forward pass draws ``rng.random(x.shape)``; an element is dropped where its number is below the probability.
    In evaluation, x passes unchanged and nothing is drawn.
    """

    def __init__(self, probability: float, *, rng: Generator) -> None:
        raise NotImplementedError("Dropout is not written yet")

    def forward(self, x: np.ndarray) -> np.ndarray:
        raise NotImplementedError("Dropout.forward is not written yet")

    def backward(self, out_grad: np.ndarray) -> np.ndarray:
        raise NotImplementedError("Dropout.backward is not written yet")


class LayerNorm(Module):
    """Normalise each row, along the last axis, to mean 0 and variance 1, then multiply by ``scale`` and add ``shift``.

    The variance divides by n, and ``epsilon`` is added to it. ``scale`` begins as ones, ``shift`` as zeros.
    """

    def __init__(self, features: int, *, epsilon: float = 1e-5) -> None:
        raise NotImplementedError("LayerNorm is not written yet")

    def forward(self, x: np.ndarray) -> np.ndarray:
        raise NotImplementedError("LayerNorm.forward is not written yet")

    def backward(self, out_grad: np.ndarray) -> np.ndarray:
        raise NotImplementedError("LayerNorm.backward is not written yet")


class BatchNorm(Module):
    """Normalise each feature over the rows of x (rows, features), then multiply by ``scale`` and add ``shift``.

    In training, mean and variance are those of the batch (the variance divides by n), and ``running_mean`` and
    ``running_variance``, which begin as zeros and ones, become ``(1 - momentum)·old + momentum·of the batch``. In
    evaluation, the running ones are used and stay as they are. ``epsilon`` is added to the variance.
    """

    def __init__(self, features: int, *, epsilon: float = 1e-5, momentum: float = 0.1) -> None:
        raise NotImplementedError("BatchNorm is not written yet")

    def forward(self, x: np.ndarray) -> np.ndarray:
        raise NotImplementedError("BatchNorm.forward is not written yet")

    def backward(self, out_grad: np.ndarray) -> np.ndarray:
        raise NotImplementedError("BatchNorm.backward is not written yet")


class SoftmaxLoss:
    """The mean over the rows of -log softmax at the right class."""

    def forward(self, logits: np.ndarray, labels: np.ndarray) -> float:
        """Return the loss of logits (rows, classes) for the whole numbers ``labels`` (rows). Logits may be large."""
        raise NotImplementedError("SoftmaxLoss.forward is not written yet")

    def backward(self) -> np.ndarray:
        """Return the gradient of the logits of the last forward pass."""
        raise NotImplementedError("SoftmaxLoss.backward is not written yet")


# Networks


def residual_block(
    features: int, hidden: int, *, rng: Generator, norm: type[Module] = BatchNorm, probability: float = 0.1
) -> Module:
    """Return ReLU(x + part(x)), where part is Linear, norm, ReLU, Dropout, Linear, norm: to ``hidden`` and back."""
    raise NotImplementedError("residual_block is not written yet")


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
    raise NotImplementedError("residual_network is not written yet")


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
        raise NotImplementedError("SGD is not written yet")

    def step(self) -> None:
        raise NotImplementedError("SGD.step is not written yet")


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
        raise NotImplementedError("Adam is not written yet")

    def step(self) -> None:
        raise NotImplementedError("Adam.step is not written yet")


# Data and training


class DataLoader:
    """Batches of (inputs, labels), anew for each ``for`` loop over it. The last batch may be smaller.

    Without a generator the rows come in order. With one, every epoch begins with ``rng.permutation(number of rows)``
    and takes the rows in that order.
    """

    def __init__(
        self, inputs: np.ndarray, labels: np.ndarray, *, batch_size: int, rng: Generator | None = None
    ) -> None:
        raise NotImplementedError("DataLoader is not written yet")


def train_epoch(model: Module, loader: DataLoader, loss: SoftmaxLoss, optimiser: Optimiser) -> float:
    """Train for one epoch, one step per batch, and return the mean loss over its rows, each as it was trained on."""
    raise NotImplementedError("train_epoch is not written yet")


def evaluate(model: Module, loader: DataLoader, loss: SoftmaxLoss) -> tuple[float, float]:
    """Return the mean loss over the rows and the share of rows whose largest logit is another class's.

    The model is evaluated as one that is not being trained, and changes in nothing else.
    """
    raise NotImplementedError("evaluate is not written yet")


def train(model: Module, loader: DataLoader, loss: SoftmaxLoss, optimiser: Optimiser, *, epochs: int) -> list[float]:
    """Train for a number of epochs and return the mean loss of each."""
    raise NotImplementedError("train is not written yet")
