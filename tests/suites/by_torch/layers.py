"""The parts of the suite ``pytorch``, ready-made: what a person should be told of."""

import torch
from torch import nn
from torch.nn import functional


def differentiable(function):
    """Return a forward and a backward function that leave the way back to autograd."""

    def forward(*inputs, **options):
        leaves = [each.detach().clone().requires_grad_() if is_number(each) else each for each in inputs]
        with torch.enable_grad():
            output = function(*leaves, **options)
        return output.detach(), (output, [each for each in leaves if is_number(each)])

    def backward(out_grad, saved):
        output, leaves = saved
        with torch.enable_grad():
            return torch.autograd.grad((output * out_grad).sum(), leaves)

    return forward, backward


def is_number(tensor):
    return tensor is not None and tensor.dtype.is_floating_point


linear_forward, linear_backward = differentiable(lambda x, weight, bias: functional.linear(x, weight.T, bias))
embedding_forward, embedding_backward = differentiable(functional.embedding)
layer_norm_forward, layer_norm_backward = differentiable(
    lambda x, scale, shift: functional.layer_norm(x, scale.shape, scale, shift)
)
cross_entropy_forward, cross_entropy_backward = differentiable(functional.cross_entropy)
attention_forward, attention_backward = differentiable(functional.scaled_dot_product_attention)
conv2d_forward, conv2d_backward = differentiable(functional.conv2d)


def causal_mask(positions):
    return ~nn.Transformer.generate_square_subsequent_mask(positions).isinf()


def padding_mask(lengths, positions):
    return torch.stack([torch.arange(positions)[None] < length for length in lengths])


def sinusoidal_positions(positions, features):
    table = torch.empty(positions, features)
    for pair in range(features // 2):
        angles = torch.arange(positions) / 10_000 ** (2 * pair / features)
        table[:, 2 * pair], table[:, 2 * pair + 1] = torch.sin(angles), torch.cos(angles)
    return table


def rotate(x):
    """Multiply complex numbers by their turn."""
    positions, features = x.shape[-2:]
    angles = torch.outer(torch.arange(positions) * 1.0, 10_000.0 ** -(torch.arange(0, features, 2) / features))
    pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)))
    return torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).flatten(-2)


class GRUCell(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.weight_input = nn.Parameter(torch.zeros(inputs, 3 * hidden))
        self.weight_hidden = nn.Parameter(torch.zeros(hidden, 3 * hidden))
        self.bias_input = nn.Parameter(torch.zeros(3 * hidden))
        self.bias_hidden = nn.Parameter(torch.zeros(3 * hidden))

    def forward(self, x, state):
        return torch.gru_cell(x, state, self.weight_input.T, self.weight_hidden.T, self.bias_input, self.bias_hidden)


def run_gru(cell, sequence, state):
    weights = [cell.weight_input.T, cell.weight_hidden.T, cell.bias_input, cell.bias_hidden]
    return torch.gru(sequence, state[None], weights, True, 1, 0.0, False, False, False)[0]


class MultiHeadAttention(nn.Module):
    def __init__(self, features, heads):
        super().__init__()
        self.heads = heads
        for name in ("query", "key", "value", "output"):
            setattr(self, name, nn.Parameter(torch.zeros(features, features)))

    def forward(self, x, mask=None):
        if mask is not None:
            mask = ~mask.expand(len(x), x.shape[1], x.shape[1]).repeat_interleave(self.heads, dim=0)
        x = x.transpose(0, 1)
        weights = torch.cat([self.query.T, self.key.T, self.value.T])
        output, _ = functional.multi_head_attention_forward(
            x, x, x, x.shape[-1], self.heads, weights, None, None, None, False, 0.0, self.output.T, None,
            need_weights=False, attn_mask=mask,
        )  # fmt: skip
        return output.transpose(0, 1)


class TransformerBlock(nn.Module):
    def __init__(self, features, heads, hidden, *, pre_norm):
        super().__init__()
        self.pre_norm = pre_norm
        self.attention = MultiHeadAttention(features, heads)
        for name in ("attention_scale", "attention_shift", "network_scale", "network_shift", "bias_out"):
            setattr(self, name, nn.Parameter(torch.zeros(features)))
        self.weight_in, self.bias_in = nn.Parameter(torch.zeros(features, hidden)), nn.Parameter(torch.zeros(hidden))
        self.weight_out = nn.Parameter(torch.zeros(hidden, features))

    def forward(self, x, mask=None):
        def attention_norm(x):
            return functional.layer_norm(x, x.shape[-1:], self.attention_scale, self.attention_shift)

        def network_norm(x):
            return functional.layer_norm(x, x.shape[-1:], self.network_scale, self.network_shift)

        def network(x):
            return functional.linear(
                functional.gelu(functional.linear(x, self.weight_in.T, self.bias_in)), self.weight_out.T, self.bias_out
            )

        if self.pre_norm:
            x = x + self.attention(attention_norm(x), mask)
            return x + network(network_norm(x))
        x = attention_norm(x + self.attention(x, mask))
        return network_norm(x + network(x))


class LoRALinear(nn.Module):
    def __init__(self, weight, bias, *, rank, alpha):
        super().__init__()
        self.weight, self.bias, self.factor = weight, bias, alpha / rank
        self.down = nn.Parameter(torch.rand(len(weight), rank))
        self.up = nn.Parameter(torch.zeros(rank, weight.shape[1]))

    def merged(self):
        return torch.addmm(self.weight, self.down, self.up, alpha=self.factor)

    def forward(self, x):
        return functional.linear(x, self.merged().T, self.bias)


def noise_schedule(steps, first=1e-4, last=0.02):
    betas = torch.tensor([first + (last - first) * step / (steps - 1) for step in range(steps)])
    return betas, torch.exp(torch.log1p(-betas).cumsum(dim=0))


def add_noise(clean, noise, step, products):
    return torch.stack(
        [
            products[at] ** 0.5 * one + (1 - products[at]) ** 0.5 * other
            for one, other, at in zip(clean, noise, step, strict=True)
        ]
    )


def denoising_loss(model, clean, noise, step, products):
    return functional.mse_loss(model(add_noise(clean, noise, step, products), step), noise)


def reverse_step(noisy, predicted, noise, step, betas, products):
    """Mix the clean batch that the prediction implies with the noisy one, by their posterior."""
    product, before = products[step], products[step - 1] if step else torch.ones(())
    clean = (noisy - (1 - product).sqrt() * predicted) / product.sqrt()
    mean = before.sqrt() * betas[step] * clean + (1 - betas[step]).sqrt() * (1 - before) * noisy
    return mean / (1 - product) + (betas[step] * (1 - before) / (1 - product)).sqrt() * noise
