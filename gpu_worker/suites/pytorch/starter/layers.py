"""The parts that models are made of, by hand on tensors.

First come layers with both ways: every ``*_forward`` returns its output and a tuple of what the way back needs; every
``*_backward`` takes the gradient of the output and that tuple, and returns one gradient per input, with the shape of
that input. Autograd is not used there. Then come modules, of which only the way forward is written, and autograd finds
the gradients. No ready-made layer is used in either.
"""

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

Saved = tuple[Any, ...]


# Layers, forward and backward


def linear_forward(x: Tensor, weight: Tensor, bias: Tensor) -> tuple[Tensor, Saved]:
    """Return ``x @ weight + bias``; ``x`` is (..., inputs), ``weight`` is (inputs, outputs)."""
    raise NotImplementedError("linear_forward is not written yet")


def linear_backward(out_grad: Tensor, saved: Saved) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of x, weight and bias."""
    raise NotImplementedError("linear_backward is not written yet")


def embedding_forward(tokens: Tensor, table: Tensor) -> tuple[Tensor, Saved]:
    """Return the row of ``table`` for each token; ``tokens`` holds integers of any shape."""
    raise NotImplementedError("embedding_forward is not written yet")


def embedding_backward(out_grad: Tensor, saved: Saved) -> Tensor:
    """Return the gradient of the table. A token that occurs twice sends two gradients to its row."""
    raise NotImplementedError("embedding_backward is not written yet")


def layer_norm_forward(x: Tensor, scale: Tensor, shift: Tensor, epsilon: float = 1e-5) -> tuple[Tensor, Saved]:
    """Normalise the last axis to mean 0 and variance 1 (divided by n), then scale and shift it."""
    raise NotImplementedError("layer_norm_forward is not written yet")


def layer_norm_backward(out_grad: Tensor, saved: Saved) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of x, scale and shift. Mean and variance depend on x as well."""
    raise NotImplementedError("layer_norm_backward is not written yet")


def cross_entropy_forward(logits: Tensor, targets: Tensor) -> tuple[Tensor, Saved]:
    """Return the mean of -log softmax at the target class, as a scalar; ``logits`` is (rows, classes)."""
    raise NotImplementedError("cross_entropy_forward is not written yet")


def cross_entropy_backward(out_grad: Tensor, saved: Saved) -> Tensor:
    """Return the gradient of the logits; ``out_grad`` is a scalar."""
    raise NotImplementedError("cross_entropy_backward is not written yet")


def attention_forward(
    queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None
) -> tuple[Tensor, Saved]:
    """Return scaled dot-product attention over (..., positions, features).

    ``mask`` has, or broadcasts to, the shape (..., positions of queries, positions of keys): where it is False, a query
    does not see a key.
    """
    raise NotImplementedError("attention_forward is not written yet")


def attention_backward(out_grad: Tensor, saved: Saved) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of queries, keys and values. A weight of zero passes nothing on."""
    raise NotImplementedError("attention_backward is not written yet")


def conv2d_forward(x: Tensor, weight: Tensor, bias: Tensor, stride: int = 1, padding: int = 0) -> tuple[Tensor, Saved]:
    """Return, for each place of the kernel on the image, the sum of their products, plus a bias per output channel.

    ``x`` is (images, channels, height, width), ``weight`` is (outputs, channels, kernel height, kernel width) and not
    flipped. ``padding`` rows and columns of zeros surround each image; the kernel moves on by ``stride``.
    """
    raise NotImplementedError("conv2d_forward is not written yet")


def conv2d_backward(out_grad: Tensor, saved: Saved) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of x, weight and bias. Where windows overlap, a pixel gets several gradients."""
    raise NotImplementedError("conv2d_backward is not written yet")


# Masks and positions


def causal_mask(positions: int) -> Tensor:
    """Return the (positions, positions) mask by which a position sees itself and those before it."""
    raise NotImplementedError("causal_mask is not written yet")


def padding_mask(lengths: Tensor, positions: int) -> Tensor:
    """Return the (batch, 1, positions) mask by which the first ``lengths[i]`` positions of row i are seen by all."""
    raise NotImplementedError("padding_mask is not written yet")


def sinusoidal_positions(positions: int, features: int) -> Tensor:
    """Return the (positions, features) table; ``features`` is even.

    At position p, feature 2i is the sine of p / 10000^(2i/features), and feature 2i + 1 is its cosine.
    """
    raise NotImplementedError("sinusoidal_positions is not written yet")


def rotate(x: Tensor) -> Tensor:
    """Turn the features (2i, 2i+1) at position p by the angle p / 10000^(2i/features); x is (..., positions, features).

    A pair (a, b) becomes (a·cos - b·sin, a·sin + b·cos).
    """
    raise NotImplementedError("rotate is not written yet")


# Modules: autograd finds the gradients of these


class GRUCell(nn.Module):
    """One step of a gated recurrent unit.

    Parameters: ``weight_input`` (inputs, 3·hidden), ``weight_hidden`` (hidden, 3·hidden), ``bias_input`` and
    ``bias_hidden`` (3·hidden). The three parts of each belong to the reset gate, the update gate and the new state.
    """

    def __init__(self, inputs: int, hidden: int) -> None:
        raise NotImplementedError("GRUCell is not written yet")

    def forward(self, x: Tensor, state: Tensor) -> Tensor:
        """Return the next state: ``update·state + (1 - update)·new``, for x (batch, inputs), state (batch, hidden).

        The reset gate multiplies the hidden part of the new state, its bias included, before it is added to the input
        part and goes through tanh.
        """
        raise NotImplementedError("GRUCell.forward is not written yet")


def run_gru(cell: GRUCell, sequence: Tensor, state: Tensor) -> Tensor:
    """Return the states after each step, (steps, batch, hidden), for a sequence (steps, batch, inputs)."""
    raise NotImplementedError("run_gru is not written yet")


class MultiHeadAttention(nn.Module):
    """Self-attention in several heads, each over its own part of the features.

    Parameters: ``query``, ``key``, ``value`` and ``output``, each (features, features), without biases. Head h has the
    h-th part of features / heads columns of the first three.
    """

    def __init__(self, features: int, heads: int) -> None:
        raise NotImplementedError("MultiHeadAttention is not written yet")

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the heads side by side, times ``output``; x is (batch, positions, features).

        ``mask`` is (positions, positions) or (batch, 1 or positions, positions), the same for all heads.
        """
        raise NotImplementedError("MultiHeadAttention.forward is not written yet")


class TransformerBlock(nn.Module):
    """Self-attention and a network with one hidden layer, each with a skip connection and a layer norm.

    Parameters: those of ``attention``, a ``MultiHeadAttention``; ``attention_scale`` and ``attention_shift`` of its
    norm, ``network_scale`` and ``network_shift`` of the other norm, all (features); ``weight_in`` (features, hidden),
    ``bias_in`` (hidden), ``weight_out`` (hidden, features), ``bias_out`` (features). Between the last two pairs stands
    gelu: gelu(a) is a times the probability that a standard normal number is below a.
    """

    def __init__(self, features: int, heads: int, hidden: int, *, pre_norm: bool) -> None:
        raise NotImplementedError("TransformerBlock is not written yet")

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the block's output, of the shape of x: (batch, positions, features).

        With ``pre_norm``, each part gets the norm of x, and its output is added to x as it was. Without, each part gets
        x, its output is added to x, and the norm is taken of the sum.
        """
        raise NotImplementedError("TransformerBlock.forward is not written yet")


class LoRALinear(nn.Module):
    """A linear layer that stays as it is, with a trained product of two thin matrices added to its weight.

    ``weight`` (inputs, outputs) and ``bias`` (outputs) are given and not trained. Parameters: ``down`` (inputs, rank),
    random at first, and ``up`` (rank, outputs), zero at first, so that training starts from the layer as it was.
    """

    def __init__(self, weight: Tensor, bias: Tensor, *, rank: int, alpha: float) -> None:
        raise NotImplementedError("LoRALinear is not written yet")

    def forward(self, x: Tensor) -> Tensor:
        """Return ``x @ weight + bias``, plus x through ``down`` and ``up``, times alpha / rank."""
        raise NotImplementedError("LoRALinear.forward is not written yet")

    def merged(self) -> Tensor:
        """Return the one weight of a plain linear layer that computes the same."""
        raise NotImplementedError("LoRALinear.merged is not written yet")


# Diffusion


def noise_schedule(steps: int, first: float = 1e-4, last: float = 0.02) -> tuple[Tensor, Tensor]:
    """Return ``betas``, evenly spaced from ``first`` to ``last``, and for each step the product of 1 - beta so far."""
    raise NotImplementedError("noise_schedule is not written yet")


def add_noise(clean: Tensor, noise: Tensor, step: Tensor, products: Tensor) -> Tensor:
    """Return ``clean`` after its number of steps of noise, at once.

    ``clean`` and ``noise`` are (batch, ...), ``step`` holds a whole number for each of the batch, and ``products`` is
    what ``noise_schedule`` returned. The result is √product · clean + √(1 - product) · noise.
    """
    raise NotImplementedError("add_noise is not written yet")


def denoising_loss(
    model: Callable[[Tensor, Tensor], Tensor], clean: Tensor, noise: Tensor, step: Tensor, products: Tensor
) -> Tensor:
    """Return the mean squared error of the noise that ``model(noisy, step)`` sees in the noisy batch, as a scalar."""
    raise NotImplementedError("denoising_loss is not written yet")


def reverse_step(noisy: Tensor, predicted: Tensor, noise: Tensor, step: int, betas: Tensor, products: Tensor) -> Tensor:
    """Return a sample of the step before ``step`` (DDPM), given the noise that a model ``predicted`` in ``noisy``.

    With b = betas[step] and p = products[step], its mean is (noisy - b / √(1 - p) · predicted) / √(1 - b), and its
    variance is b·(1 - products[step - 1]) / (1 - p). Step 0 is the last one and adds no noise.
    """
    raise NotImplementedError("reverse_step is not written yet")
