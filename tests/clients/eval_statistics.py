"""Writes the reference values of tests/eval/statistics.txt: `python eval_statistics.py > …`.

Needs numpy and scipy (made with scipy 1.17.1); not part of the gate, for the values do not change.
One line a value: the function, its arguments, and after `=` what it is.
"""

import math

import numpy as np
from scipy import integrate, optimize, special, stats


def line(name, *args, values):
    args = " ".join(format(a, ".17g") for a in args)
    values = " ".join(format(v, ".15g") for v in values)
    print(f"{name} {args} = {values}")


def samples():
    yield (0, 10)
    yield from [(9, 10), (45, 50), (180, 200), (450, 500), (0, 300), (1, 300), (300, 300)]
    yield from [(1, 1), (0, 1), (3, 7), (17, 40), (9_990, 10_000)]


for x, a, b in [
    (0.5, 1, 1), (0.1, 0.5, 0.5), (0.9, 9, 2), (0.95, 91, 10), (0.01, 1, 300), (0.5, 3, 300),
    (0.3, 3000, 7000), (0.31, 3000, 7000), (1e-6, 0.5, 4), (0.999, 4, 0.3), (0.52, 5e4, 5e4),
]:  # fmt: skip
    line("beta_cdf", x, a, b, values=[special.betainc(a, b, x)])

for p in [1e-9, 0.001, 0.025, 0.05, 0.2, 0.5, 0.8, 0.95, 0.975, 0.999]:
    line("normal_quantile", p, values=[stats.norm.ppf(p)])

for k, n in samples():
    for confidence in [0.9, 0.95, 0.99]:
        test = stats.binomtest(k, n)
        line("wilson", k, n, confidence, values=test.proportion_ci(confidence, "wilson"))
        line("clopper_pearson", k, n, confidence, values=test.proportion_ci(confidence, "exact"))
        less = stats.binomtest(k, n, alternative="less").proportion_ci(confidence, "exact")
        line("upper_bound", k, n, confidence, values=[less.high])
        more = stats.binomtest(k, n, alternative="greater").proportion_ci(confidence, "exact")
        line("lower_bound", k, n, confidence, values=[more.low])

        def outside(p, k=k, n=n, confidence=confidence):
            mixture = special.betaln(k + 1, n - k + 1)
            likelihood = special.xlogy(k, p) + special.xlog1py(n - k, -p)
            return mixture - likelihood + math.log(1 - confidence)

        share = k / n
        low = 0.0 if k == 0 else optimize.brentq(outside, 1e-300, share, xtol=1e-15)
        high = 1.0 if k == n else optimize.brentq(outside, share, 1 - 1e-16, xtol=1e-15)
        line("sequence", k, n, confidence, values=[low, high])
    for p in [0.01, 0.5, 0.9]:
        line("binomial_at_most", k, n, p, values=[stats.binom.cdf(k, n, p)])
        line("binomial_at_least", k, n, p, values=[stats.binom.sf(k - 1, n, p)])

for b, c in [(0, 0), (8, 0), (0, 8), (6, 2), (14, 1), (30, 30), (60, 20), (3, 100)]:
    pvalue = stats.binomtest(b, b + c, 0.5).pvalue if b + c else 1.0
    line("mcnemar_exact", b, c, values=[pvalue])
    log = (b + c) * math.log(2) + special.betaln(b + 1, c + 1)
    line("ln_e_different", b, c, values=[log])

    def ratio(p, b=b, c=c):
        return 2 * (2 * p) ** b * (2 * (1 - p)) ** c

    # In pieces: the integrand may be narrow.
    edges = np.linspace(0.5, 1, 41)
    pieces = [integrate.quad(ratio, *ends, epsabs=0, epsrel=1e-12)[0] for ends in zip(edges, edges[1:])]
    line("ln_e_worse", b, c, values=[math.log(math.fsum(pieces))])


def betting(name, low, high, mean, counts):
    """ln of the average over stakes of Π(1 + λ·gain), by quadrature."""
    sign = 1 if name == "ln_e_above" else -1
    lost = mean - low if sign > 0 else high - mean

    def capital(stake):
        return math.prod((1 + stake * sign * (v - mean)) ** n for v, n in counts)

    edges = np.linspace(0, 1 / lost, 101)
    pieces = [integrate.quad(capital, *e, epsabs=0, epsrel=1e-12)[0] for e in zip(edges, edges[1:])]
    flat = [number for pair in counts for number in pair]
    line(name, low, high, mean, *flat, values=[math.log(math.fsum(pieces) * lost)])


for counts in [
    [(0, 100)],
    [(-1, 2), (0, 92), (1, 6)],
    [(-1, 10), (0, 380), (1, 10)],
    [(-0.5, 4), (0, 60), (0.25, 20), (1, 3)],
]:
    for mean in [0, 0.05, 0.2]:
        betting("ln_e_above", -1, 1, mean, counts)
        betting("ln_e_below", -1, 1, mean, counts)
for counts in [[(0, 300)], [(0, 95), (1, 5)], [(0, 50), (0.2, 30), (1, 20)]]:
    for mean in [0.01, 0.1, 0.5]:
        betting("ln_e_above", 0, 1, mean, counts)
        betting("ln_e_below", 0, 1, mean, counts)

values = [3.5, -1.0, 7.25, 7.25, 0.5, 12.0, 2.0]
for share in [0, 0.05, 0.5, 0.77, 0.95, 1]:
    line("quantile", share, *values, values=[np.quantile(values, share)])
