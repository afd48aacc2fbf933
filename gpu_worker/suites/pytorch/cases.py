"""The parts that models are made of, in the order in which to read what failed.

Every case gets the module under test, a seeded generator and ``record``. It runs twice with the same seed, once with
the submission and once with the reference; the runner compares what the two recorded. Where a layer has a way back of
its own, autograd is off while the case runs: the formulas are the exercise. Modules are differentiated by autograd.
"""

import torch

from gpu_worker.harness.cases import case

# Everything is float64, which carries about 16 digits. Two right ways to write one of these formulas round
# differently, and the last two or three digits go; a wrong formula is wrong in the first ones.
torch.set_default_dtype(torch.float64)
RTOL = 1e-9
# Next to a sum that cancels to nearly nothing, a relative bound asks for digits that nobody has.
ATOL = 1e-12


def normal(rng, *shape):
    """Return random float64 numbers as a tensor."""
    return torch.from_numpy(rng.standard_normal(shape))


def whole(rng, below, *shape):
    """Return random whole numbers from 0 to ``below`` - 1 as a tensor."""
    return torch.from_numpy(rng.integers(below, size=shape))


@torch.no_grad()
def check(rng, record, forward, backward, inputs, names):
    """Record the output of a layer, then the gradients that it sends back for a random gradient of the output."""
    output, saved = forward(*inputs)
    record.close("value", output, rtol=RTOL, atol=ATOL)
    gradients = backward(normal(rng, *output.shape), saved)
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    if len(gradients) != len(names):
        raise ValueError(f"{backward.__name__} returned {len(gradients)} gradients; it has to return {len(names)}")
    for name, gradient in zip(names, gradients, strict=True):
        record.close(f"gradient of {name}", gradient, rtol=RTOL, atol=ATOL)


def filled(rng, record, module, /, **shapes):
    """Record how many numbers a module trains, give each parameter random values, and return them by name."""
    record.exact("trained numbers", sum(each.numel() for each in module.parameters() if each.requires_grad))
    parameters = dict(module.named_parameters())
    for name, shape in shapes.items():
        if name not in parameters:
            raise ValueError(f"{type(module).__name__} has no parameter {name!r}; it has {', '.join(parameters)}")
        if tuple(parameters[name].shape) != shape:
            raise ValueError(f"the parameter {name!r} has the shape {tuple(parameters[name].shape)}, not {shape}")
        parameters[name].data = normal(rng, *shape) / 2
    return {name: parameters[name] for name in shapes}


def differentiated(rng, record, output, /, **tensors):
    """Record a value, then the gradient that autograd brings to each tensor for a random gradient of the value."""
    record.close("value", output, rtol=RTOL, atol=ATOL)
    # Not output.backward(gradient): that imports a symbolic algebra system, which takes seconds.
    (output * normal(rng, *output.shape)).sum().backward()
    for name, tensor in tensors.items():
        record.close(f"gradient of {name}", tensor.grad, rtol=RTOL, atol=ATOL)


# Layers by hand

BY_HAND = "Layers by hand"


@case(
    "linear layer",
    points=5,
    partial=True,
    group=BY_HAND,
    hint="The bias was added to every row: its gradient is their sum.",
    sizes=[1, 2, 5],
)
def linear(layers, rng, record, size):
    inputs = normal(rng, 2, size, 4), normal(rng, 4, 3), normal(rng, 3)
    check(rng, record, layers.linear_forward, layers.linear_backward, inputs, ["x", "weight", "bias"])


@case(
    "embedding",
    points=4,
    partial=True,
    group=BY_HAND,
    hint="A token that occurs twice sends two gradients to its row.",
    sizes=[1, 2, 7],
)
def embedding(layers, rng, record, size):
    inputs = whole(rng, 6, 3, size), normal(rng, 6, 4)
    check(rng, record, layers.embedding_forward, layers.embedding_backward, inputs, ["table"])


@case(
    "layer norm",
    points=7,
    partial=True,
    group=BY_HAND,
    hint="Mean and variance depend on x too; the variance divides by n.",
    sizes=[1, 2, 5],
)
def layer_norm(layers, rng, record, size):
    inputs = 3 * normal(rng, 2, size, 8) + 1, normal(rng, 8), normal(rng, 8)
    check(rng, record, layers.layer_norm_forward, layers.layer_norm_backward, inputs, ["x", "scale", "shift"])


@case(
    "softmax cross-entropy",
    points=6,
    partial=True,
    group=BY_HAND,
    hint="The gradient is (softmax - one-hot) / rows; take the largest logit off before exp.",
    sizes=[1, 2, 6],
)
def cross_entropy(layers, rng, record, size):
    # exp of these is infinite; they lie close together, so that no entry of the gradient is too small to be looked at.
    inputs = 1_000 + 2 * normal(rng, size, 5), whole(rng, 5, size)
    check(rng, record, layers.cross_entropy_forward, layers.cross_entropy_backward, inputs, ["logits"])


# Convolution


def check_convolution(layers, rng, record, *, image, kernel, **options):
    inputs = normal(rng, *image), normal(rng, *kernel), normal(rng, kernel[0])

    def forward(*inputs):
        return layers.conv2d_forward(*inputs, **options)

    check(rng, record, forward, layers.conv2d_backward, inputs, ["x", "weight", "bias"])


@case(
    "convolution",
    points=5,
    partial=True,
    group="Convolution",
    hint="The kernel is not flipped. A pixel gets a gradient from every place of the kernel that covered it.",
    sizes=[3, 4, 6],
)
def convolution(layers, rng, record, size):
    check_convolution(layers, rng, record, image=(2, 3, size, size - 1), kernel=(4, 3, 3, 2))


@case(
    "convolution with stride and padding",
    points=5,
    partial=True,
    group="Convolution",
    hint="Windows stand a stride apart: put each gradient where its pixel came from. An unseen pixel gets zero.",
)
def strided_convolution(layers, rng, record):
    check_convolution(layers, rng, record, image=(2, 2, 6, 7), kernel=(3, 2, 3, 2), stride=3, padding=1)


# Attention


@case(
    "attention",
    points=6,
    partial=True,
    group="Attention",
    hint="Divide the scores by the square root of the number of features.",
    sizes=[1, 2, 5],
)
def attention(layers, rng, record, size):
    inputs = normal(rng, 2, 3, 4), normal(rng, 2, size, 4), normal(rng, 2, size, 6)
    check(rng, record, layers.attention_forward, layers.attention_backward, inputs, ["queries", "keys", "values"])


@case(
    "masks", points=3, partial=True, group="Attention", hint="True is where a key is seen; a position also sees itself."
)
def masks(layers, rng, record):
    positions, batch = int(rng.integers(4, 9)), int(rng.integers(3, 6))
    record.exact("causal mask", layers.causal_mask(positions))
    record.exact("padding mask", layers.padding_mask(whole(rng, positions, batch) + 1, positions))


@case(
    "attention with a mask",
    points=5,
    partial=True,
    group="Attention",
    hint="Mask the scores, before the softmax, with -infinity.",
    sizes=[1, 2, 5],
)
def masked_attention(layers, rng, record, size):
    causal = torch.ones(size, size, dtype=torch.bool).tril()
    inputs = normal(rng, 2, size, 4), normal(rng, 2, size, 4), normal(rng, 2, size, 3), causal
    check(rng, record, layers.attention_forward, layers.attention_backward, inputs, ["queries", "keys", "values"])


@case(
    "attention with a mask for each row",
    points=4,
    partial=True,
    group="Attention",
    hint="The mask of a padded batch is (batch, 1, keys): let it broadcast over the queries.",
)
def padded_attention(layers, rng, record):
    seen = (torch.arange(6) < whole(rng, 5, 3)[:, None] + 2)[:, None, :]
    inputs = normal(rng, 3, 4, 5), normal(rng, 3, 6, 5), normal(rng, 3, 6, 2), seen
    check(rng, record, layers.attention_forward, layers.attention_backward, inputs, ["queries", "keys", "values"])


ATTENTION_SHAPES = dict.fromkeys(["query", "key", "value", "output"], (6, 6))


@case(
    "attention in several heads",
    points=6,
    partial=True,
    group="Attention",
    hint="Reshape to (batch, positions, heads, features) and exchange the middle axes; undo both afterwards.",
    sizes=[1, 2, 5],
)
def multi_head_attention(layers, rng, record, size):
    module = layers.MultiHeadAttention(6, 3)
    parameters = filled(rng, record, module, **ATTENTION_SHAPES)
    x = normal(rng, 2, size, 6).requires_grad_()
    both = torch.ones(size, size, dtype=torch.bool).tril() & (torch.arange(size) < whole(rng, 4, 2)[:, None, None] + 2)
    differentiated(rng, record, module(x, both), x=x, **parameters)


# Positions


@case(
    "sinusoidal positions",
    points=3,
    group="Positions",
    hint="Sines and cosines take turns along the features, and a pair shares its frequency.",
)
def sinusoidal_positions(layers, rng, record):
    positions, features = int(rng.integers(5, 20)), 2 * int(rng.integers(3, 8))
    record.close("table", layers.sinusoidal_positions(positions, features), rtol=RTOL, atol=ATOL)


@case(
    "rotary positions",
    points=4,
    partial=True,
    group="Positions",
    hint="Each pair of neighbouring features is turned; position 0 stays as it is.",
    sizes=[2, 3, 7],
)
def rotary_positions(layers, rng, record, size):
    x = normal(rng, 2, size, 6).requires_grad_()
    differentiated(rng, record, layers.rotate(x), x=x)


# Recurrence

GRU_SHAPES = {"weight_input": (3, 12), "weight_hidden": (4, 12), "bias_input": (12,), "bias_hidden": (12,)}


@case(
    "one step of a GRU",
    points=5,
    partial=True,
    group="Recurrence",
    hint="Where the update gate is 1, the old state stays. The reset gate multiplies the hidden part after its bias.",
    sizes=[1, 2, 5],
)
def gru_cell(layers, rng, record, size):
    cell = layers.GRUCell(3, 4)
    parameters = filled(rng, record, cell, **GRU_SHAPES)
    x, state = normal(rng, size, 3).requires_grad_(), normal(rng, size, 4).requires_grad_()
    differentiated(rng, record, cell(x, state), x=x, state=state, **parameters)


@case(
    "a GRU over a sequence",
    points=3,
    partial=True,
    group="Recurrence",
    hint="Every step begins from the state that the step before it returned; detach nothing.",
    sizes=[1, 2, 6],
)
def gru_over_a_sequence(layers, rng, record, size):
    cell = layers.GRUCell(3, 4)
    filled(rng, record, cell, **GRU_SHAPES)
    sequence, state = normal(rng, size, 2, 3).requires_grad_(), normal(rng, 2, 4).requires_grad_()
    differentiated(rng, record, layers.run_gru(cell, sequence, state), sequence=sequence, state=state)


# Transformer block

BLOCK_SHAPES = {
    **{f"attention.{name}": shape for name, shape in ATTENTION_SHAPES.items()},
    **dict.fromkeys(["attention_scale", "attention_shift", "network_scale", "network_shift"], (6,)),
    **{"weight_in": (6, 9), "bias_in": (9,), "weight_out": (9, 6), "bias_out": (6,)},
}


def check_block(layers, rng, record, *, pre_norm):
    block = layers.TransformerBlock(6, 2, 9, pre_norm=pre_norm)
    parameters = filled(rng, record, block, **BLOCK_SHAPES)
    x = normal(rng, 2, 4, 6).requires_grad_()
    differentiated(rng, record, block(x, torch.ones(4, 4, dtype=torch.bool).tril()), x=x, **parameters)


@case(
    "transformer block, norm first",
    points=6,
    partial=True,
    group="Transformer block",
    hint="Mend attention and layer norm first if they fail. The skip connection carries x as it was before the norm.",
)
def pre_norm_block(layers, rng, record):
    check_block(layers, rng, record, pre_norm=True)


@case(
    "transformer block, norm last",
    points=6,
    partial=True,
    group="Transformer block",
    hint="Mend attention and layer norm first if they fail. Add first, then take the norm of the sum.",
)
def post_norm_block(layers, rng, record):
    check_block(layers, rng, record, pre_norm=False)


# Low-rank adapters


def adapter(layers, rng):
    return layers.LoRALinear(normal(rng, 7, 5), normal(rng, 5), rank=3, alpha=6.0)


@case(
    "an adapter before training",
    points=2,
    group="Low-rank adapters",
    hint="One of the two matrices is zero at first, and the other is not: else neither would ever learn.",
)
def fresh_adapter(layers, rng, record):
    module = adapter(layers, rng)
    record.close("value", module(normal(rng, 4, 7)), rtol=RTOL, atol=ATOL)
    record.exact("up is zero", not module.up.any().item())
    record.exact("down is random", module.down.unique().numel() == module.down.numel())


@case(
    "an adapter in training",
    points=4,
    partial=True,
    group="Low-rank adapters",
    hint="The product of the two is scaled by alpha / rank. Only they are trained, not the given weight and bias.",
    sizes=[1, 2, 4],
)
def trained_adapter(layers, rng, record, size):
    module = adapter(layers, rng)
    parameters = filled(rng, record, module, down=(7, 3), up=(3, 5))
    x = normal(rng, size, 7).requires_grad_()
    differentiated(rng, record, module(x), x=x, **parameters)


@case(
    "an adapter merged into its layer",
    points=2,
    partial=True,
    group="Low-rank adapters",
    hint="weight + alpha / rank · down @ up.",
)
def merged_adapter(layers, rng, record):
    module = adapter(layers, rng)
    filled(rng, record, module, down=(7, 3), up=(3, 5))
    record.close("merged weight", module.merged(), rtol=RTOL, atol=ATOL)


# Diffusion


def schedule(rng):
    """Return betas and products as a right schedule has them, so that one mistake stays in one case."""
    betas = torch.linspace(float(rng.uniform(1e-3, 1e-2)), float(rng.uniform(0.1, 0.2)), 10)
    return betas, (1 - betas).cumprod(dim=0)


@case(
    "noise schedule",
    points=2,
    partial=True,
    group="Diffusion",
    hint="The betas are evenly spaced, both ends included; the products are of 1 - beta.",
)
def noise_schedule(layers, rng, record):
    steps, first, last = int(rng.integers(5, 50)), float(rng.uniform(1e-4, 1e-3)), float(rng.uniform(0.01, 0.1))
    betas, products = layers.noise_schedule(steps, first, last)
    record.close("betas", betas, rtol=RTOL, atol=ATOL)
    record.close("products", products, rtol=RTOL, atol=ATOL)


@case(
    "adding noise",
    points=2,
    partial=True,
    group="Diffusion",
    hint="Every item of the batch has a step of its own: reshape the products so that they broadcast over the rest.",
)
def add_noise(layers, rng, record):
    _, products = schedule(rng)
    clean, noise = normal(rng, 4, 3, 4).requires_grad_(), normal(rng, 4, 3, 4)
    differentiated(rng, record, layers.add_noise(clean, noise, whole(rng, 10, 4), products), clean=clean)


@case(
    "one step back",
    points=2,
    group="Diffusion",
    hint="The variance is beta · (1 - products[step - 1]) / (1 - products[step]), and noise is scaled by its root.",
)
def reverse_step(layers, rng, record):
    betas, products = schedule(rng)
    noisy, predicted, noise = (normal(rng, 3, 2, 4) for _ in range(3))
    step = int(rng.integers(1, 10))
    record.close("sample", layers.reverse_step(noisy, predicted, noise, step, betas, products), rtol=RTOL, atol=ATOL)


@case("the last step back", points=1, group="Diffusion", hint="Step 0 returns the mean: no noise is added any more.")
def last_reverse_step(layers, rng, record):
    betas, products = schedule(rng)
    noisy, predicted, noise = (normal(rng, 3, 2, 4) for _ in range(3))
    record.close("sample", layers.reverse_step(noisy, predicted, noise, 0, betas, products), rtol=RTOL, atol=ATOL)


@case(
    "loss of a denoiser",
    points=2,
    partial=True,
    group="Diffusion",
    hint="The model sees the noisy batch and is compared with the noise, not with the clean batch.",
)
def denoising_loss(layers, rng, record):
    _, products = schedule(rng)
    # Small enough for tanh to stay away from its flat ends, where no gradient is left.
    weight, by_step = ((normal(rng, rows, 5) / 4).requires_grad_() for rows in (5, 10))
    clean, noise, step = normal(rng, 6, 5), normal(rng, 6, 5), whole(rng, 10, 6)

    def model(noisy, step):
        return torch.tanh(noisy @ weight + by_step[step])

    loss = layers.denoising_loss(model, clean, noise, step, products)
    record.close("loss", loss, rtol=RTOL, atol=ATOL)
    loss.backward()
    record.close("gradient of the model's weight", weight.grad, rtol=RTOL, atol=ATOL)
    record.close("gradient of the model's embedding of the step", by_step.grad, rtol=RTOL, atol=ATOL)
