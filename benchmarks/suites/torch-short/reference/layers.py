"""Layers of a transformer, forward and backward, by hand on tensors.

Every ``*_forward`` returns its output and a tuple of what the way back needs; every ``*_backward`` takes the gradient
of the output and that tuple, and returns one gradient per input, with the shape of that input. Autograd is not used.
"""

import math

import torch
from torch import Tensor

Saved = tuple[Tensor, ...]


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

    ``mask`` is (positions of queries, positions of keys): where it is False, a query does not see a key.
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
