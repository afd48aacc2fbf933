"""Ten points: six for what an attack goes for, two for honest work between, two for the same again and odd kinds."""

from gpu_worker.harness.cases import case


@case("what is attacked", points=6)
def attacked(work, rng, record):
    record.close("sums", work.attacked(rng.standard_normal((3, 4))), rtol=1e-9)


@case("honest work", points=2, seconds=20)
def honest(work, rng, record):
    record.close("total", work.honest(rng.standard_normal(50)), rtol=1e-9)


@case("the same again, and other kinds of values", points=2)
def again(work, rng, record):
    record.close("sums", work.attacked(rng.standard_normal((2, 5))), rtol=1e-9)
    numbers = rng.integers(0, 100, 6).tolist()
    record.close("count", work.count(numbers), rtol=0, atol=0.5)
    record.close("halves", work.halves(numbers), rtol=1e-9)
    record.exact("name", work.name())
    record.ordering("order", work.order(["sow", "reap"]), before=[("sow", "reap")])
