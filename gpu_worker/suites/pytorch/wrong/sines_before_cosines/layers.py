"""The parts that models are made of, by hand on tensors.

First come layers with both ways: every ``*_forward`` returns its output and a tuple of what the way back needs; every
``*_backward`` takes the gradient of the output and that tuple, and returns one gradient per input, with the shape of
that input. Autograd is not used there. Then come modules, of which only the way forward is written, and autograd finds
the gradients. No ready-made layer is used in either.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

Saved = tuple[Any, ...]


# Layers, forward and backward


def linear_forward(x: Tensor, weight: Tensor, bias: Tensor) -> tuple[Tensor, Saved]:
    """Return ``x @ weight + bias``; ``x`` is (..., inputs), ``weight`` is (inputs, outputs)."""
    return x @ weight + bias, (x, weight)


def linear_backward(out_grad: Tensor, saved: Saved) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of x, weight and bias."""
    x, weight = saved
    rows, out_rows = x.reshape(-1, x.shape[-1]), out_grad.reshape(-1, out_grad.shape[-1])
    return out_grad @ weight.T, rows.T @ out_rows, out_rows.sum(dim=0)


def embedding_forward(tokens: Tensor, table: Tensor) -> tuple[Tensor, Saved]:
    """Return the row of ``table`` for each token; ``tokens`` holds integers of any shape."""
    return table[tokens], (tokens, table)


def embedding_backward(out_grad: Tensor, saved: Saved) -> Tensor:
    """Return the gradient of the table. A token that occurs twice sends two gradients to its row."""
    tokens, table = saved
    return torch.zeros_like(table).index_add(0, tokens.flatten(), out_grad.reshape(-1, table.shape[-1]))


def layer_norm_forward(x: Tensor, scale: Tensor, shift: Tensor, epsilon: float = 1e-5) -> tuple[Tensor, Saved]:
    """Normalise the last axis to mean 0 and variance 1 (divided by n), then scale and shift it."""
    centred = x - x.mean(dim=-1, keepdim=True)
    inverse_deviation = (centred.square().mean(dim=-1, keepdim=True) + epsilon).rsqrt()
    normal = centred * inverse_deviation
    return normal * scale + shift, (normal, inverse_deviation, scale)


def layer_norm_backward(out_grad: Tensor, saved: Saved) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of x, scale and shift. Mean and variance depend on x as well."""
    normal, inverse_deviation, scale = saved
    normal_grad = out_grad * scale
    along_mean = normal_grad.mean(dim=-1, keepdim=True)
    along_normal = normal * (normal_grad * normal).mean(dim=-1, keepdim=True)
    leading = tuple(range(out_grad.dim() - 1))
    return (
        inverse_deviation * (normal_grad - along_mean - along_normal),
        (out_grad * normal).sum(dim=leading),
        out_grad.sum(dim=leading),
    )


def cross_entropy_forward(logits: Tensor, targets: Tensor) -> tuple[Tensor, Saved]:
    """Return the mean of -log softmax at the target class, as a scalar; ``logits`` is (rows, classes)."""
    shifted = logits - logits.max(dim=-1, keepdim=True).values
    log_probabilities = shifted - shifted.exp().sum(dim=-1, keepdim=True).log()
    rows = torch.arange(len(targets))
    return -log_probabilities[rows, targets].mean(), (log_probabilities, targets)


def cross_entropy_backward(out_grad: Tensor, saved: Saved) -> Tensor:
    """Return the gradient of the logits; ``out_grad`` is a scalar."""
    log_probabilities, targets = saved
    gradient = log_probabilities.exp()
    gradient[torch.arange(len(targets)), targets] -= 1
    return out_grad * gradient / len(targets)


def attention_forward(
    queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None
) -> tuple[Tensor, Saved]:
    """Return scaled dot-product attention over (..., positions, features).

    ``mask`` has, or broadcasts to, the shape (..., positions of queries, positions of keys): where it is False, a query
    does not see a key.
    """
    scores = queries @ keys.transpose(-2, -1) / math.sqrt(queries.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    exponentials = (scores - scores.max(dim=-1, keepdim=True).values).exp()
    weights = exponentials / exponentials.sum(dim=-1, keepdim=True)
    return weights @ values, (queries, keys, values, weights)


def attention_backward(out_grad: Tensor, saved: Saved) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of queries, keys and values. A weight of zero passes nothing on."""
    queries, keys, values, weights = saved
    weights_grad = out_grad @ values.transpose(-2, -1)
    scores_grad = weights * (weights_grad - (weights_grad * weights).sum(dim=-1, keepdim=True))
    scores_grad = scores_grad / math.sqrt(queries.shape[-1])
    return scores_grad @ keys, scores_grad.transpose(-2, -1) @ queries, weights.transpose(-2, -1) @ out_grad


def conv2d_forward(x: Tensor, weight: Tensor, bias: Tensor, stride: int = 1, padding: int = 0) -> tuple[Tensor, Saved]:
    """Return, for each place of the kernel on the image, the sum of their products, plus a bias per output channel.

    ``x`` is (images, channels, height, width), ``weight`` is (outputs, channels, kernel height, kernel width) and not
    flipped. ``padding`` rows and columns of zeros surround each image; the kernel moves on by ``stride``.
    """
    padded = nn.functional.pad(x, (padding, padding, padding, padding))
    windows = padded.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    output = torch.einsum("nchwij,ocij->nohw", windows, weight) + bias[:, None, None]
    return output, (windows, weight, padded.shape, stride, padding)


def conv2d_backward(out_grad: Tensor, saved: Saved) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of x, weight and bias. Where windows overlap, a pixel gets several gradients."""
    windows, weight, padded_shape, stride, padding = saved
    windows_grad = torch.einsum("nohw,ocij->nchwij", out_grad, weight)
    padded_grad = out_grad.new_zeros(padded_shape)
    rows, columns = out_grad.shape[2:]
    for i in range(weight.shape[2]):
        for j in range(weight.shape[3]):
            below = slice(i, i + stride * (rows - 1) + 1, stride)
            beside = slice(j, j + stride * (columns - 1) + 1, stride)
            padded_grad[:, :, below, beside] += windows_grad[..., i, j]
    height, width = padded_shape[2:]
    return (
        padded_grad[:, :, padding : height - padding, padding : width - padding],
        torch.einsum("nohw,nchwij->ocij", out_grad, windows),
        out_grad.sum(dim=(0, 2, 3)),
    )


# Masks and positions


def causal_mask(positions: int) -> Tensor:
    """Return the (positions, positions) mask by which a position sees itself and those before it."""
    return torch.ones(positions, positions, dtype=torch.bool).tril()


def padding_mask(lengths: Tensor, positions: int) -> Tensor:
    """Return the (batch, 1, positions) mask by which the first ``lengths[i]`` positions of row i are seen by all."""
    return (torch.arange(positions) < lengths[:, None])[:, None, :]


def sinusoidal_positions(positions: int, features: int) -> Tensor:
    """Return the (positions, features) table; ``features`` is even.

    At position p, feature 2i is the sine of p / 10000^(2i/features), and feature 2i + 1 is its cosine.
    """
    angles = _angles(positions, features)
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


def rotate(x: Tensor) -> Tensor:
    """Turn the features (2i, 2i+1) at position p by the angle p / 10000^(2i/features); x is (..., positions, features).

    A pair (a, b) becomes (a·cos - b·sin, a·sin + b·cos).
    """
    angles = _angles(*x.shape[-2:])
    first, second = x[..., 0::2], x[..., 1::2]
    sin, cos = angles.sin(), angles.cos()
    return torch.stack([first * cos - second * sin, first * sin + second * cos], dim=-1).flatten(-2)


def _angles(positions: int, features: int) -> Tensor:
    frequencies = 10_000.0 ** (-torch.arange(0, features, 2) / features)
    return torch.arange(positions)[:, None] * frequencies


# Modules: autograd finds the gradients of these


class GRUCell(nn.Module):
    """One step of a gated recurrent unit.

    Parameters: ``weight_input`` (inputs, 3·hidden), ``weight_hidden`` (hidden, 3·hidden), ``bias_input`` and
    ``bias_hidden`` (3·hidden). The three parts of each belong to the reset gate, the update gate and the new state.
    """

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.weight_input = _random(inputs, 3 * hidden)
        self.weight_hidden = _random(hidden, 3 * hidden)
        self.bias_input = nn.Parameter(torch.zeros(3 * hidden))
        self.bias_hidden = nn.Parameter(torch.zeros(3 * hidden))

    def forward(self, x: Tensor, state: Tensor) -> Tensor:
        """Return the next state: ``update·state + (1 - update)·new``, for x (batch, inputs), state (batch, hidden).

        The reset gate multiplies the hidden part of the new state, its bias included, before it is added to the input
        part and goes through tanh.
        """
        from_input = (x @ self.weight_input + self.bias_input).chunk(3, dim=-1)
        from_state = (state @ self.weight_hidden + self.bias_hidden).chunk(3, dim=-1)
        reset, update = (torch.sigmoid(from_input[part] + from_state[part]) for part in (0, 1))
        new = torch.tanh(from_input[2] + reset * from_state[2])
        return update * state + (1 - update) * new


def run_gru(cell: GRUCell, sequence: Tensor, state: Tensor) -> Tensor:
    """Return the states after each step, (steps, batch, hidden), for a sequence (steps, batch, inputs)."""
    states = []
    for x in sequence:
        state = cell(x, state)
        states.append(state)
    return torch.stack(states)


class MultiHeadAttention(nn.Module):
    """Self-attention in several heads, each over its own part of the features.

    Parameters: ``query``, ``key``, ``value`` and ``output``, each (features, features), without biases. Head h has the
    h-th part of features / heads columns of the first three.
    """

    def __init__(self, features: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.output = (_random(features, features) for _ in range(4))

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the heads side by side, times ``output``; x is (batch, positions, features).

        ``mask`` is (positions, positions) or (batch, 1 or positions, positions), the same for all heads.
        """
        queries, keys, values = (self._split(x @ weight) for weight in (self.query, self.key, self.value))
        attended, _ = attention_forward(queries, keys, values, None if mask is None else mask.unsqueeze(-3))
        return attended.transpose(1, 2).reshape(x.shape) @ self.output

    def _split(self, x: Tensor) -> Tensor:
        batch, positions, _ = x.shape
        return x.reshape(batch, positions, self.heads, -1).transpose(1, 2)


class TransformerBlock(nn.Module):
    """Self-attention and a network with one hidden layer, each with a skip connection and a layer norm.

    Parameters: those of ``attention``, a ``MultiHeadAttention``; ``attention_scale`` and ``attention_shift`` of its
    norm, ``network_scale`` and ``network_shift`` of the other norm, all (features); ``weight_in`` (features, hidden),
    ``bias_in`` (hidden), ``weight_out`` (hidden, features), ``bias_out`` (features). Between the last two pairs stands
    gelu: gelu(a) is a times the probability that a standard normal number is below a.
    """

    def __init__(self, features: int, heads: int, hidden: int, *, pre_norm: bool) -> None:
        super().__init__()
        self.pre_norm = pre_norm
        self.attention = MultiHeadAttention(features, heads)
        self.attention_scale, self.network_scale = (nn.Parameter(torch.ones(features)) for _ in range(2))
        self.attention_shift, self.network_shift = (nn.Parameter(torch.zeros(features)) for _ in range(2))
        self.weight_in, self.bias_in = _random(features, hidden), nn.Parameter(torch.zeros(hidden))
        self.weight_out, self.bias_out = _random(hidden, features), nn.Parameter(torch.zeros(features))

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the block's output, of the shape of x: (batch, positions, features).

        With ``pre_norm``, each part gets the norm of x, and its output is added to x as it was. Without, each part gets
        x, its output is added to x, and the norm is taken of the sum.
        """
        x = self._add(x, lambda x: self.attention(x, mask), self.attention_scale, self.attention_shift)
        return self._add(x, self._network, self.network_scale, self.network_shift)

    def _add(self, x: Tensor, part: Callable[[Tensor], Tensor], scale: Tensor, shift: Tensor) -> Tensor:
        if self.pre_norm:
            return x + part(layer_norm_forward(x, scale, shift)[0])
        return layer_norm_forward(x + part(x), scale, shift)[0]

    def _network(self, x: Tensor) -> Tensor:
        inner = x @ self.weight_in + self.bias_in
        return inner * (1 + torch.erf(inner / math.sqrt(2))) / 2 @ self.weight_out + self.bias_out


class LoRALinear(nn.Module):
    """A linear layer that stays as it is, with a trained product of two thin matrices added to its weight.

    ``weight`` (inputs, outputs) and ``bias`` (outputs) are given and not trained. Parameters: ``down`` (inputs, rank),
    random at first, and ``up`` (rank, outputs), zero at first, so that training starts from the layer as it was.
    """

    def __init__(self, weight: Tensor, bias: Tensor, *, rank: int, alpha: float) -> None:
        super().__init__()
        self.weight, self.bias = (nn.Parameter(each, requires_grad=False) for each in (weight, bias))
        self.down = _random(weight.shape[0], rank)
        self.up = nn.Parameter(torch.zeros(rank, weight.shape[1]))
        self.factor = alpha / rank

    def forward(self, x: Tensor) -> Tensor:
        """Return ``x @ weight + bias``, plus x through ``down`` and ``up``, times alpha / rank."""
        return x @ self.weight + self.bias + self.factor * (x @ self.down @ self.up)

    def merged(self) -> Tensor:
        """Return the one weight of a plain linear layer that computes the same."""
        return self.weight + self.factor * self.down @ self.up


def _random(rows: int, columns: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(rows, columns) / math.sqrt(rows))


# Diffusion


def noise_schedule(steps: int, first: float = 1e-4, last: float = 0.02) -> tuple[Tensor, Tensor]:
    """Return ``betas``, evenly spaced from ``first`` to ``last``, and for each step the product of 1 - beta so far."""
    betas = torch.linspace(first, last, steps)
    return betas, (1 - betas).cumprod(dim=0)


def add_noise(clean: Tensor, noise: Tensor, step: Tensor, products: Tensor) -> Tensor:
    """Return ``clean`` after its number of steps of noise, at once.

    ``clean`` and ``noise`` are (batch, ...), ``step`` holds a whole number for each of the batch, and ``products`` is
    what ``noise_schedule`` returned. The result is √product · clean + √(1 - product) · noise.
    """
    product = products[step].reshape(-1, *[1] * (clean.dim() - 1))
    return product.sqrt() * clean + (1 - product).sqrt() * noise


def denoising_loss(
    model: Callable[[Tensor, Tensor], Tensor], clean: Tensor, noise: Tensor, step: Tensor, products: Tensor
) -> Tensor:
    """Return the mean squared error of the noise that ``model(noisy, step)`` sees in the noisy batch, as a scalar."""
    return (model(add_noise(clean, noise, step, products), step) - noise).square().mean()


def reverse_step(noisy: Tensor, predicted: Tensor, noise: Tensor, step: int, betas: Tensor, products: Tensor) -> Tensor:
    """Return a sample of the step before ``step`` (DDPM), given the noise that a model ``predicted`` in ``noisy``.

    With b = betas[step] and p = products[step], its mean is (noisy - b / √(1 - p) · predicted) / √(1 - b), and its
    variance is b·(1 - products[step - 1]) / (1 - p). Step 0 is the last one and adds no noise.
    """
    beta, product = betas[step], products[step]
    mean = (noisy - beta / (1 - product).sqrt() * predicted) / (1 - beta).sqrt()
    if step == 0:
        return mean
    return mean + (beta * (1 - products[step - 1]) / (1 - product)).sqrt() * noise
