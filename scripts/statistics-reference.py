"""Writes test/analysis/reference.json: what SciPy says of random inputs. Needs SciPy; run by hand when a formula changes.

    python3 -m venv .venv && .venv/bin/pip install scipy==1.17.1
    .venv/bin/python scripts/statistics-reference.py
"""

import json
import math
import pathlib
import random

import scipy
from scipy import stats

RANDOM = random.Random(20261121)


def chance_of_slower():
    """The rank-th smallest of `ours` lies above the rank-th of `theirs`: negative hypergeometric."""
    for _ in range(60):
        ours, theirs = RANDOM.randint(1, 3000), RANDOM.randint(1, 3000)
        quantile = RANDOM.choice([0.5, 0.9, 0.95, 0.99, 0.999])
        our_rank = min(ours, max(1, math.ceil(quantile * ours)))
        their_rank = min(theirs, max(1, math.ceil(quantile * theirs)))
        chance = stats.nhypergeom.sf(their_rank - 1, ours + theirs, theirs, our_rank)
        yield {"ours": ours, "theirs": theirs, "quantile": quantile, "chance": float(chance)}


def factors():
    """The expected factor of a bet: 1 where events are binomial, at most 1 where they are hypergeometric."""
    for _ in range(40):
        source, target = RANDOM.randint(1, 400), RANDOM.randint(1, 400)
        events = RANDOM.randint(0, min(60, source + target))
        theta = RANDOM.choice([-6, -2.4, -0.7, -0.2, 0.2, 0.7, 1.6, 3.5])
        share = target / (source + target)
        kappa = math.log1p(share * math.expm1(theta))
        ks = range(events + 1)
        logs = [(theta - kappa) * k - kappa * (events - k) for k in ks]
        binomial = stats.binom.pmf(ks, events, share)
        hypergeometric = stats.hypergeom.pmf(ks, source + target, events, target)
        yield {
            "theta": theta,
            "source": source,
            "target": target,
            "events": events,
            "logs": logs,
            "binomial": float(sum(p * math.exp(x) for p, x in zip(binomial, logs))),
            "hypergeometric": float(sum(p * math.exp(x) for p, x in zip(hypergeometric, logs))),
        }


def poisson_factors():
    """The expected factor where a target alone has as many events as it may: Poisson 1, binomial at most 1."""
    for _ in range(40):
        count, rate = RANDOM.randint(1, 2000), RANDOM.choice([0.0005, 0.001, 0.01, 0.05, 0.3])
        theta = RANDOM.choice([-2.4, -0.7, -0.2, 0.2, 0.7, 1.6])
        ks = range(count + 1)
        binomial = stats.binom.pmf(ks, count, rate)
        log = [theta * k - count * rate * math.expm1(theta) for k in ks]
        expected = sum(p * math.exp(x) for p, x in zip(binomial, log) if p > 0)
        yield {"theta": theta, "count": count, "rate": rate, "zero": log[0], "one": log[1], "binomial": float(expected)}


def normal():
    for z in [-8, -5, -3.5, -3, -1.96, -0.5, 0, 0.1, 1, 2.3263478740408408, 2.999, 3, 3.001, 6]:
        yield {"z": z, "p": float(stats.norm.cdf(z))}


if __name__ == "__main__":
    reference = {
        "scipy": scipy.__version__,
        "chanceOfSlower": list(chance_of_slower()),
        "factors": list(factors()),
        "poissonFactors": list(poisson_factors()),
        "normal": list(normal()),
    }
    path = pathlib.Path(__file__).parent.parent / "test" / "analysis" / "reference.json"
    path.write_text(json.dumps(reference) + "\n")
    print(f"wrote {path} with SciPy {scipy.__version__}")
