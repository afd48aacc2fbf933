"""What a small library of neural networks must be able to do, in the order in which to read what failed.

Every case gets the module under test, a seeded generator and ``record``. It runs twice with the same seed, once with
the submission and once with the reference; the runner compares what the two recorded.

Two things keep one mistake from failing everything: parameters get their values from the case, not from the
initialisers, and what is made of layers is first tried with layers that the case brings along.
"""

import numpy as np

from gpu_worker.harness.cases import case

# Everything is float64, which carries about 16 digits. Two right ways to write one of these formulas round
# differently, and the last two or three digits go; a wrong formula is wrong in the first ones.
RTOL = 1e-9
# Next to a sum that cancels to nearly nothing, a relative bound asks for digits that nobody has.
ATOL = 1e-12
# Training repeats the rounding of dozens of steps, each from where the last one ended.
TRAINED_RTOL = 1e-6
# The spread of 40,000 numbers varies by 0.4 % from draw to draw, their largest by 10 %: six times that for two draws.
SPREAD_RTOL, LARGEST_RTOL = 0.03, 0.4
# The share of 8,000 elements that dropout keeps varies by 0.006: six times that for two draws.
SHARE_ATOL = 0.05

INITIAL = "Initial values"
LAYERS = "Layers"
NORMS = "Normalisation"
RESIDUAL = "Dropout and residual blocks"
OPTIMISERS = "Optimisers"
DATA = "Data"
TRAINING = "Training"


def generator(rng):
    """Return a generator to hand to the submission; what it draws from it changes nothing for the case."""
    return np.random.default_rng(int(rng.integers(2**32)))


def back(rng, record, module, output, **parameters):
    """Go back from a random gradient of ``output``; record the gradients of the input and of these parameters."""
    record.close("gradient of x", module.backward(rng.standard_normal(output.shape)), rtol=RTOL, atol=ATOL)
    for name, parameter in parameters.items():
        record.close(f"gradient of {name}", parameter.grad, rtol=RTOL, atol=ATOL)


def filled(nn, rng, model):
    """Give every layer of a model parameters that do not depend on its initialisers."""
    for each in model.modules():
        if isinstance(each, nn.Linear):
            each.weight.data = rng.standard_normal(each.weight.data.shape) / np.sqrt(len(each.weight.data))
            each.bias.data = rng.standard_normal(each.bias.data.shape) / 4
        elif isinstance(each, nn.LayerNorm | nn.BatchNorm):
            each.scale.data = rng.uniform(0.5, 1.5, each.scale.data.shape)
            each.shift.data = rng.standard_normal(each.shift.data.shape) / 4
    return model


def scaling(nn, factors):
    """Return a layer of the case's own: it multiplies by these factors and adds one."""

    class Scaling(nn.Module):
        def forward(self, x):
            return x * factors + 1

        def backward(self, out_grad):
            return out_grad * factors

    return Scaling()


# Initial values


def check_initialiser(record, initialiser, rng, **options):
    """Record a large matrix of initial values: its spread and its largest value, then all of it."""
    fan_in, fan_out = 250, 160
    matrix = initialiser(fan_in, fan_out, rng=generator(rng), **options)
    if matrix.shape != (fan_in, fan_out):
        raise ValueError(f"the matrix has the shape {matrix.shape}; it has to have (fan_in, fan_out)")
    record.close("standard deviation", float(matrix.std()), rtol=SPREAD_RTOL)
    record.close("largest value", float(np.abs(matrix).max()), rtol=LARGEST_RTOL)
    record.close("values", matrix, rtol=RTOL, atol=ATOL)


@case(
    "Xavier, uniform",
    points=3,
    partial=True,
    group=INITIAL,
    hint="The bound is gain·√(6 / (fan_in + fan_out)); the deviation of a uniform draw is its bound / √3.",
)
def xavier_uniform(nn, rng, record):
    check_initialiser(record, nn.xavier_uniform, rng, gain=float(rng.uniform(1.2, 2.0)))


@case(
    "Xavier, normal",
    points=3,
    partial=True,
    group=INITIAL,
    hint="gain·√(2 / (fan_in + fan_out)) is the standard deviation, not the variance.",
)
def xavier_normal(nn, rng, record):
    check_initialiser(record, nn.xavier_normal, rng, gain=float(rng.uniform(1.2, 2.0)))


@case(
    "Kaiming, uniform",
    points=3,
    partial=True,
    group=INITIAL,
    hint="The bound is √2·√(3 / fan_in): the gain of ReLU is √2, and fan_out plays no part.",
)
def kaiming_uniform(nn, rng, record):
    check_initialiser(record, nn.kaiming_uniform, rng)


@case(
    "Kaiming, normal",
    points=3,
    partial=True,
    group=INITIAL,
    hint="The standard deviation is √2 / √fan_in: the gain of ReLU is √2, and fan_out plays no part.",
)
def kaiming_normal(nn, rng, record):
    check_initialiser(record, nn.kaiming_normal, rng)


# Layers


def linear_layer(nn, rng, inputs, outputs):
    """Return a linear layer whose parameters do not depend on the initialisers."""
    return filled(nn, rng, nn.Linear(inputs, outputs, rng=generator(rng)))


@case(
    "a linear layer at first",
    points=2,
    group=LAYERS,
    hint="kaiming_uniform(inputs, outputs, rng=rng), and zeros for the bias.",
)
def fresh_linear(nn, rng, record):
    layer = nn.Linear(12, 7, rng=generator(rng))
    record.close("weight", layer.weight.data, rtol=RTOL, atol=ATOL)
    record.close("bias", layer.bias.data, rtol=RTOL, atol=ATOL)
    record.exact("numbers to train", sum(each.data.size for each in layer.parameters()))


@case(
    "linear layer",
    points=2,
    partial=True,
    group=LAYERS,
    hint="x @ weight + bias over the last axis; with bias=False, `bias` is None.",
)
def linear(nn, rng, record):
    layer = linear_layer(nn, rng, 4, 3)
    record.close("value for rows", layer(rng.standard_normal((5, 4))), rtol=RTOL, atol=ATOL)
    record.close("value for a batch of rows", layer(rng.standard_normal((2, 5, 4))), rtol=RTOL, atol=ATOL)
    plain = nn.Linear(4, 3, rng=generator(rng), bias=False)
    plain.weight.data = rng.standard_normal((4, 3))
    record.close("value without a bias", plain(rng.standard_normal((5, 4))), rtol=RTOL, atol=ATOL)


@case(
    "gradient of a linear layer",
    points=4,
    partial=True,
    group=LAYERS,
    hint="Flatten the leading axes: then it is xᵀ·g for the weight, the sum of g over rows for the bias, g·wᵀ for x.",
    sizes=[1, 2, 5],
)
def linear_gradient(nn, rng, record, size):
    layer = linear_layer(nn, rng, 4, 3)
    back(rng, record, layer, layer(rng.standard_normal((2, size, 4))), weight=layer.weight, bias=layer.bias)


@case(
    "relu",
    points=2,
    partial=True,
    group=LAYERS,
    hint="The gradient passes where x was positive, and only there.",
    sizes=[1, 2, 4],
)
def relu(nn, rng, record, size):
    layer = nn.ReLU()
    output = layer(rng.standard_normal((size, 6)))
    record.close("value", output, rtol=RTOL, atol=ATOL)
    back(rng, record, layer, output)


@case(
    "layers one after another",
    points=3,
    partial=True,
    group=LAYERS,
    hint="Backwards goes from the last to the first; each part gets the gradient that the next one returned.",
    sizes=[1, 2, 6],
)
def sequential(nn, rng, record, size):
    first, second = linear_layer(nn, rng, 4, 5), linear_layer(nn, rng, 5, 3)
    model = nn.Sequential(first, scaling(nn, rng.standard_normal(5)), second)
    output = model(rng.standard_normal((size, 4)))
    record.close("value", output, rtol=RTOL, atol=ATOL)
    back(rng, record, model, output, **{"the first weight": first.weight, "the second weight": second.weight})


def check_loss(nn, rng, rows):
    # exp of these is infinite; they lie close together, so that no entry of the gradient is too small to be looked at.
    logits, labels = 1_000 + 2 * rng.standard_normal((rows, 5)), rng.integers(5, size=rows)
    loss = nn.SoftmaxLoss()
    return loss, loss.forward(logits, labels)


@case(
    "softmax loss",
    points=3,
    group=LAYERS,
    hint="Take the largest logit of each row off before exp, and divide by the number of rows.",
    sizes=[1, 2, 6],
)
def softmax_loss(nn, rng, record, size):
    _, value = check_loss(nn, rng, size)
    record.close("loss", value, rtol=RTOL, atol=ATOL)


@case("gradient of softmax loss", points=3, group=LAYERS, hint="It is (softmax - one-hot) / rows.", sizes=[1, 2, 6])
def softmax_loss_gradient(nn, rng, record, size):
    loss, _ = check_loss(nn, rng, size)
    record.close("gradient of the logits", loss.backward(), rtol=RTOL, atol=ATOL)


# Normalisation


def layer_norm_output(nn, rng, rows):
    layer = filled(nn, rng, nn.LayerNorm(7))
    return layer, layer(3 * rng.standard_normal((2, rows, 7)) + 1)


def batch_norm_output(nn, rng, rows):
    layer = filled(nn, rng, nn.BatchNorm(4))
    return layer, layer(3 * rng.standard_normal((rows, 4)) + 1)


@case(
    "layer norm",
    points=3,
    group=NORMS,
    hint="Mean and variance of each row, along the last axis; the variance divides by n.",
    sizes=[1, 2, 4],
)
def layer_norm(nn, rng, record, size):
    _, output = layer_norm_output(nn, rng, size)
    record.close("value", output, rtol=RTOL, atol=ATOL)


@case(
    "gradient of layer norm",
    points=5,
    partial=True,
    group=NORMS,
    hint="Mean and variance depend on x too: take the mean of the gradient off, and its part along the normalised x.",
    sizes=[1, 2, 4],
)
def layer_norm_gradient(nn, rng, record, size):
    layer, output = layer_norm_output(nn, rng, size)
    back(rng, record, layer, output, scale=layer.scale, shift=layer.shift)


@case(
    "batch norm in training",
    points=3,
    group=NORMS,
    hint="Mean and variance of each feature, over the rows of this batch; the variance divides by n.",
    sizes=[2, 3, 9],
)
def batch_norm(nn, rng, record, size):
    _, output = batch_norm_output(nn, rng, size)
    record.close("value", output, rtol=RTOL, atol=ATOL)


@case(
    "gradient of batch norm in training",
    points=5,
    partial=True,
    group=NORMS,
    hint="It is the gradient of layer norm along the other axis: mean and variance depend on x too.",
    sizes=[2, 3, 9],
)
def batch_norm_gradient(nn, rng, record, size):
    layer, output = batch_norm_output(nn, rng, size)
    back(rng, record, layer, output, scale=layer.scale, shift=layer.shift)


@case(
    "running statistics of batch norm",
    points=4,
    partial=True,
    group=NORMS,
    hint="(1 - momentum)·old + momentum·new, from 0 and 1 on; the new variance divides by n.",
)
def running_statistics(nn, rng, record):
    layer = nn.BatchNorm(4, momentum=float(rng.uniform(0.1, 0.4)))
    for _ in range(3):
        layer(2 * rng.standard_normal((6, 4)) + 1)
    record.close("running mean", layer.running_mean, rtol=RTOL, atol=ATOL)
    record.close("running variance", layer.running_variance, rtol=RTOL, atol=ATOL)


@case(
    "batch norm in evaluation",
    points=3,
    partial=True,
    group=NORMS,
    hint="Use the running statistics and leave them alone. They do not depend on x: the gradient is shorter here.",
)
def batch_norm_in_evaluation(nn, rng, record):
    layer = filled(nn, rng, nn.BatchNorm(4))
    layer.running_mean, layer.running_variance = rng.standard_normal(4), rng.uniform(0.5, 3.0, 4)
    layer.eval()
    output = layer(3 * rng.standard_normal((9, 4)) + 1)
    record.close("value", output, rtol=RTOL, atol=ATOL)
    back(rng, record, layer, output, scale=layer.scale)
    layer.train()
    layer(3 * rng.standard_normal((9, 4)) + 1)
    record.close("running mean after a batch in training", layer.running_mean, rtol=RTOL, atol=ATOL)


# Dropout and residual blocks


@case(
    "dropout in training",
    points=4,
    partial=True,
    group=RESIDUAL,
    hint="What stays is divided by 1 - probability, and the gradient passes where, and as, the value did.",
)
def dropout(nn, rng, record):
    layer = nn.Dropout(float(rng.uniform(0.2, 0.6)), rng=generator(rng))
    x = rng.uniform(0.5, 2.0, (100, 80))
    output = layer(x)
    kept = output != 0
    record.close("share that stays", float(kept.mean()), rtol=0.0, atol=SHARE_ATOL)
    record.close("value over x where it stays", float((output[kept] / x[kept]).mean()), rtol=RTOL)
    record.close("value", output, rtol=RTOL, atol=ATOL)
    record.close("gradient of x", layer.backward(rng.standard_normal(x.shape)), rtol=RTOL, atol=ATOL)


@case(
    "dropout in evaluation",
    points=1,
    group=RESIDUAL,
    hint="Nothing is dropped and nothing is scaled where `training` is False.",
)
def dropout_in_evaluation(nn, rng, record):
    layer = nn.Dropout(0.5, rng=generator(rng))
    layer.eval()
    output = layer(rng.standard_normal((5, 4)))
    record.close("value", output, rtol=RTOL, atol=ATOL)
    back(rng, record, layer, output)


@case(
    "residual",
    points=3,
    partial=True,
    group=RESIDUAL,
    hint="x goes two ways, so two gradients come back: add them.",
    sizes=[1, 2, 5],
)
def residual(nn, rng, record, size):
    module = nn.Residual(scaling(nn, rng.standard_normal(4)))
    output = module(rng.standard_normal((size, 4)))
    record.close("value", output, rtol=RTOL, atol=ATOL)
    back(rng, record, module, output)


@case(
    "residual block",
    points=4,
    partial=True,
    group=RESIDUAL,
    hint="Linear, norm, ReLU, dropout, linear, norm inside the residual, and a ReLU around it.",
)
def residual_block(nn, rng, record):
    block = nn.residual_block(6, 4, rng=generator(rng), norm=nn.LayerNorm, probability=0.0)
    record.exact("numbers to train", sum(each.data.size for each in block.parameters()))
    output = filled(nn, rng, block)(rng.standard_normal((5, 6)))
    record.close("value", output, rtol=RTOL, atol=ATOL)
    back(rng, record, block, output)
    first, last = [each for each in block.modules() if isinstance(each, nn.Linear)]
    for name, layer in {"the first linear layer": first, "the last linear layer": last}.items():
        record.close(f"gradient of the weight of {name}", layer.weight.grad, rtol=RTOL, atol=ATOL)


# Optimisers


def steps(rng, record, nn, optimiser, **options):
    """Record two parameters after some steps with random gradients."""
    parameters = {name: nn.Parameter(rng.standard_normal(shape)) for name, shape in SHAPES.items()}
    stepping = optimiser(list(parameters.values()), **options)
    for _ in range(6):
        for each in parameters.values():
            each.grad = rng.standard_normal(each.data.shape)
        stepping.step()
    for name, each in parameters.items():
        record.close(name, each.data, rtol=RTOL, atol=ATOL)


SHAPES = {"a matrix": (3, 4), "a vector": (5,)}


@case(
    "gradient descent",
    points=2,
    group=OPTIMISERS,
    hint="parameter - learning_rate·gradient; a parameter whose gradient is None stays as it is.",
)
def sgd(nn, rng, record):
    moved, left = nn.Parameter(rng.standard_normal((3, 4))), nn.Parameter(rng.standard_normal(3))
    optimiser = nn.SGD([left, moved], learning_rate=float(rng.uniform(0.1, 0.5)))
    moved.grad = rng.standard_normal((3, 4))
    optimiser.step()
    record.close("a parameter with a gradient", moved.data, rtol=RTOL, atol=ATOL)
    record.close("a parameter without one", left.data, rtol=RTOL, atol=ATOL)


@case(
    "gradient descent with momentum",
    points=4,
    group=OPTIMISERS,
    hint="velocity = momentum·velocity + gradient, one for each parameter, kept from step to step.",
)
def momentum(nn, rng, record):
    steps(rng, record, nn, nn.SGD, learning_rate=0.1, momentum=float(rng.uniform(0.5, 0.95)))


@case(
    "gradient descent with weight decay",
    points=2,
    group=OPTIMISERS,
    hint="weight_decay·parameter is added to the gradient before anything else happens to it.",
)
def weight_decay(nn, rng, record):
    options = {"momentum": float(rng.uniform(0.5, 0.95)), "weight_decay": float(rng.uniform(0.01, 0.2))}
    steps(rng, record, nn, nn.SGD, learning_rate=0.1, **options)


def adam_options(rng):
    betas = float(rng.uniform(0.7, 0.95)), float(rng.uniform(0.9, 0.999))
    return {"learning_rate": float(rng.uniform(0.01, 0.1)), "betas": betas, "epsilon": 1e-3}


@case(
    "Adam",
    points=5,
    group=OPTIMISERS,
    hint="Steps are counted from 1, both averages are corrected for their start, and epsilon is added after the root.",
)
def adam(nn, rng, record):
    steps(rng, record, nn, nn.Adam, **adam_options(rng))


@case(
    "Adam with weight decay",
    points=3,
    group=OPTIMISERS,
    hint="weight_decay·parameter is added to the gradient, so that it goes through both averages.",
)
def adam_with_weight_decay(nn, rng, record):
    steps(rng, record, nn, nn.Adam, **adam_options(rng), weight_decay=float(rng.uniform(0.05, 0.2)))


# Data


def rows_of_data(rng):
    """Return a size of batch, and rows that do not come out even with it."""
    batch_size, batches = int(rng.integers(4, 8)), int(rng.integers(3, 6))
    rows = batch_size * batches - int(rng.integers(1, batch_size - 1))
    return batch_size, rng.standard_normal((rows, 3)), rng.permutation(rows)


@case(
    "batches in order",
    points=3,
    partial=True,
    group=DATA,
    hint="The last batch is smaller, but it is there; a second loop starts over.",
)
def batches_in_order(nn, rng, record):
    batch_size, inputs, labels = rows_of_data(rng)
    loader = nn.DataLoader(inputs, labels, batch_size=batch_size)
    for epoch in ("first", "second"):
        batches = list(loader)
        record.exact(f"sizes of the batches of the {epoch} epoch", [len(each) for each, _ in batches])
        record.exact(f"inputs of the {epoch} epoch", np.concatenate([each for each, _ in batches]))
        record.exact(f"labels of the {epoch} epoch", np.concatenate([each for _, each in batches]))


@case("number of batches", points=1, group=DATA, hint="Rows divided by the size of a batch, rounded up.")
def number_of_batches(nn, rng, record):
    batch_size, inputs, labels = rows_of_data(rng)
    record.exact("uneven", len(nn.DataLoader(inputs, labels, batch_size=batch_size)))
    record.exact("even", len(nn.DataLoader(inputs[: 2 * batch_size], labels[: 2 * batch_size], batch_size=batch_size)))


@case(
    "shuffled batches",
    points=3,
    group=DATA,
    hint="Draw a new permutation at the start of every epoch, and take inputs and labels in the same order.",
)
def shuffled_batches(nn, rng, record):
    batch_size, inputs, labels = rows_of_data(rng)
    loader = nn.DataLoader(inputs, labels, batch_size=batch_size, rng=generator(rng))
    for epoch in ("first", "second", "third"):
        batches = list(loader)
        record.exact(f"inputs of the {epoch} epoch", np.concatenate([each for each, _ in batches]))
        record.exact(f"labels of the {epoch} epoch", np.concatenate([each for _, each in batches]))


# Training


def clusters(rng, rows):
    """Return rows around three points of a plane with a few more dimensions, and which point each belongs to."""
    centres = 3 * rng.standard_normal((3, 5))
    labels = rng.integers(3, size=rows)
    return centres[labels] + rng.standard_normal((rows, 5)), labels


@case(
    "one epoch of training",
    points=4,
    partial=True,
    group=TRAINING,
    hint="Clear the gradients before each backward pass. The mean loss is over rows, and the last batch is smaller.",
)
def one_epoch(nn, rng, record):
    first, second = linear_layer(nn, rng, 5, 8), linear_layer(nn, rng, 8, 3)
    inputs, labels = clusters(rng, 30)
    loader = nn.DataLoader(inputs, labels, batch_size=8)
    model = nn.Sequential(first, nn.ReLU(), second)
    optimiser = nn.SGD(model.parameters(), learning_rate=0.05)
    record.close("mean loss", nn.train_epoch(model, loader, nn.SoftmaxLoss(), optimiser), rtol=TRAINED_RTOL)
    record.close("the first weight afterwards", first.weight.data, rtol=TRAINED_RTOL, atol=ATOL)
    record.close("the second weight afterwards", second.weight.data, rtol=TRAINED_RTOL, atol=ATOL)


@case(
    "evaluation",
    points=3,
    group=TRAINING,
    hint="Call model.eval() first: dropout lets everything pass, and batch norm uses its running statistics.",
)
def evaluation(nn, rng, record):
    norm = nn.BatchNorm(5)
    norm.running_mean, norm.running_variance = rng.standard_normal(5), rng.uniform(2.0, 4.0, 5)
    model = nn.Sequential(norm, nn.Dropout(0.5, rng=generator(rng)), linear_layer(nn, rng, 5, 3))
    loader = nn.DataLoader(*clusters(rng, 30), batch_size=8)
    mean_loss, share = nn.evaluate(model, loader, nn.SoftmaxLoss())
    record.close("mean loss", mean_loss, rtol=TRAINED_RTOL)
    record.close("share of wrong rows", share, rtol=RTOL, atol=ATOL)
    record.close("running mean afterwards", norm.running_mean, rtol=RTOL, atol=ATOL)


@case(
    "a training run",
    points=4,
    group=TRAINING,
    hint="Mend what failed above first: this is all of it together, and the loss must fall as the reference's does.",
)
def training_run(nn, rng, record):
    model = filled(nn, rng, nn.residual_network(5, 16, 3, rng=generator(rng), blocks=2, probability=0.0))
    record.exact("numbers to train", sum(each.data.size for each in model.parameters()))
    inputs, labels = clusters(rng, 90)
    loader = nn.DataLoader(inputs, labels, batch_size=16, rng=generator(rng))
    optimiser = nn.Adam(model.parameters(), learning_rate=0.01, weight_decay=1e-3)
    curve = nn.train(model, loader, nn.SoftmaxLoss(), optimiser, epochs=8)
    record.close("loss of each epoch", [float(each) for each in curve], rtol=TRAINED_RTOL)
    record.exact("the loss falls to less than half", bool(curve[-1] < curve[0] / 2))
    model.eval()
    record.close("logits of the trained model", model(inputs), rtol=TRAINED_RTOL, atol=TRAINED_RTOL)
