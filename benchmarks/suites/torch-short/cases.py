"""Layers of a transformer, forward and backward, in the order in which to read what failed.

Every case gets the module under test, a seeded generator and ``record``. It runs twice with the same seed, once with
the submission and once with the reference; the runner compares what the two recorded. Autograd is off while a case
runs: the formulas are the exercise.
"""

import torch

from gpu_worker.harness.cases import case

# Everything is float64, which carries about 16 digits. Two right ways to write one of these formulas round
# differently, and the last two or three digits go; a wrong formula is wrong in the first ones.
RTOL = 1e-9
# Next to a sum that cancels to nearly nothing, a relative bound asks for digits that nobody has.
ATOL = 1e-11


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


@case("linear layer", points=16, partial=True, hint="The bias was added to every row: its gradient is their sum.")
def linear(layers, rng, record):
    inputs = normal(rng, 2, 5, 4), normal(rng, 4, 3), normal(rng, 3)
    check(rng, record, layers.linear_forward, layers.linear_backward, inputs, ["x", "weight", "bias"])


@case("embedding", points=12, partial=True, hint="A token that occurs twice sends two gradients to its row.")
def embedding(layers, rng, record):
    inputs = whole(rng, 6, 3, 7), normal(rng, 6, 4)
    check(rng, record, layers.embedding_forward, layers.embedding_backward, inputs, ["table"])


@case("layer norm", points=20, partial=True, hint="Mean and variance depend on x too; the variance divides by n.")
def layer_norm(layers, rng, record):
    inputs = 3 * normal(rng, 2, 5, 8) + 1, normal(rng, 8), normal(rng, 8)
    check(rng, record, layers.layer_norm_forward, layers.layer_norm_backward, inputs, ["x", "scale", "shift"])


@case("softmax cross-entropy", points=16, partial=True, hint="The gradient is (softmax - one-hot) / rows.")
def cross_entropy(layers, rng, record):
    logits = 1_000 + 50 * normal(rng, 6, 5)  # exp of these is infinite
    inputs = logits, whole(rng, 5, 6)
    check(rng, record, layers.cross_entropy_forward, layers.cross_entropy_backward, inputs, ["logits"])


@case("attention", points=20, partial=True, hint="Divide the scores by the square root of the number of features.")
def attention(layers, rng, record):
    inputs = normal(rng, 2, 3, 4), normal(rng, 2, 5, 4), normal(rng, 2, 5, 6)
    check(rng, record, layers.attention_forward, layers.attention_backward, inputs, ["queries", "keys", "values"])


@case("attention with a mask", points=16, partial=True, hint="Mask the scores, before the softmax, with -infinity.")
def masked_attention(layers, rng, record):
    causal = torch.ones(5, 5, dtype=torch.bool).tril()
    inputs = normal(rng, 2, 5, 4), normal(rng, 2, 5, 4), normal(rng, 2, 5, 3), causal
    check(rng, record, layers.attention_forward, layers.attention_backward, inputs, ["queries", "keys", "values"])
