"""The checks of the suite torch-short as ordinary pytest, in one process: what the benchmark measures ours against.

Wants the submission's ``layers.py`` beside this file. The reference comes from ``reference/`` beside it, or from the
suite of this checkout. This is how such a homework is usually graded, with all that a submission can do to it.
"""

import importlib.util
from pathlib import Path

import layers
import numpy as np
import pytest
import torch

HERE = Path(__file__).resolve().parent


def _reference():
    beside = HERE / "reference" / "layers.py"
    path = beside if beside.is_file() else HERE.parents[1] / "suites/torch-short/reference/layers.py"
    spec = importlib.util.spec_from_file_location("reference_layers", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reference = _reference()


@pytest.fixture
def rng():
    return np.random.default_rng()


def normal(rng, *shape):
    return torch.from_numpy(rng.standard_normal(shape))


def whole(rng, below, *shape):
    return torch.from_numpy(rng.integers(below, size=shape))


@torch.no_grad()
def check(rng, name, *inputs):
    """Compare a layer's output, and the gradients that it sends back for a random gradient of the output."""
    expected, ours = getattr(reference, f"{name}_forward")(*inputs)
    found, theirs = getattr(layers, f"{name}_forward")(*inputs)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-11)
    out_grad = normal(rng, *expected.shape)
    wanted = getattr(reference, f"{name}_backward")(out_grad, ours)
    got = getattr(layers, f"{name}_backward")(out_grad, theirs)
    torch.testing.assert_close(got, wanted, rtol=1e-9, atol=1e-11)


def test_linear_layer(rng):
    check(rng, "linear", normal(rng, 2, 5, 4), normal(rng, 4, 3), normal(rng, 3))


def test_embedding(rng):
    check(rng, "embedding", whole(rng, 6, 3, 7), normal(rng, 6, 4))


def test_layer_norm(rng):
    check(rng, "layer_norm", 3 * normal(rng, 2, 5, 8) + 1, normal(rng, 8), normal(rng, 8))


def test_softmax_cross_entropy(rng):
    check(rng, "cross_entropy", 1_000 + 50 * normal(rng, 6, 5), whole(rng, 5, 6))


def test_attention(rng):
    check(rng, "attention", normal(rng, 2, 3, 4), normal(rng, 2, 5, 4), normal(rng, 2, 5, 6))


def test_attention_with_a_mask(rng):
    causal = torch.ones(5, 5, dtype=torch.bool).tril()
    check(rng, "attention", normal(rng, 2, 5, 4), normal(rng, 2, 5, 4), normal(rng, 2, 5, 3), causal)
