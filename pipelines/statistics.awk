# SPDX-License-Identifier: MIT
# Statistics for the awk programs of this folder, which begin with this text.

function is_number(text) { # rather than nan, inf or nothing
    return text ~ /^[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)?$/
}
function shown(number) { # for a table
    return number == "nan" ? number : sprintf("%.10g", number)
}

# moments(list, n): of list[1] to list[n] those that are numbers: how many, n_numbers; their mean
# and variance, "nan" if there are too few.
function moments(list, n,    i, squares) {
    n_numbers = mean = squares = 0
    for (i = 1; i <= n; i++) if (is_number(list[i])) { ++n_numbers; mean += list[i] }
    mean = n_numbers ? mean / n_numbers : "nan"
    for (i = 1; i <= n; i++) if (is_number(list[i])) squares += (list[i] - mean)^2
    variance = n_numbers > 1 ? squares / (n_numbers - 1) : "nan"
}

# Of how many last generations means are: as many as asked for, or a tenth of the run.
function last_span(generation, asked) {
    if (asked) return asked
    return generation < 20 ? 1 : int(generation / 10)
}

function log_gamma(x,    shift) { # x > 0: Stirling's series, which from 10 on has 12 digits
    for (shift = 0; x < 10; x++) shift += log(x)
    return (x - 0.5) * log(x) - x + log(8 * atan2(1, 1)) / 2 + 1 / (12 * x) - 1 / (360 * x^3) + \
        1 / (1260 * x^5) - 1 / (1680 * x^7) - shift
}
# The probability that Student's t with v degrees of freedom is beyond t or -t: the incomplete beta
# function of v / (v + t^2), for t above 1.8, by its continued fraction (DLMF 8.17.22, after Lentz).
function tails(t, v,    a, x, c, d, factor, value, m, odd) {
    a = v / 2
    x = v / (v + t * t)
    c = 1
    value = d = 1 / (1 - (a + 0.5) * x / (a + 1))
    for (m = 1; m < 1000; m++) {
        for (odd = 0; odd < 2; odd++) {
            factor = odd ? -(a + m) * (a + 0.5 + m) * x / ((a + 2 * m) * (a + 2 * m + 1)) \
                : m * (0.5 - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            d = 1 / (1 + factor * d)
            c = 1 + factor / c
            value *= c * d
        }
        if ((c * d - 1)^2 < 1e-30) break
    }
    return value / a * exp(log_gamma(a + 0.5) - log_gamma(a) - log_gamma(0.5) + a * log(x) + \
        log(1 - x) / 2)
}
# The 0.975 quantile of Student's t with v degrees of freedom, at least 1: half the width of an
# interval of 95 %, in standard errors.
function quantile(v,    low, high) {
    if (v in quantiles) return quantiles[v]
    low = 1.9
    high = 13
    while (high - low > 1e-11)
        if (tails((low + high) / 2, v) > 0.05) low = (low + high) / 2
        else high = (low + high) / 2
    return quantiles[v] = (low + high) / 2
}

# interval(): after moments(), that of 95 % for the mean: low and high.
function interval(    half) {
    low = high = "nan"
    if (n_numbers < 2) return
    half = quantile(n_numbers - 1) * sqrt(variance / n_numbers)
    low = mean - half
    high = mean + half
}

# Samples by the names of what they are of, and the set they belong to.
function add(name, set, x) { list[name, set, ++count[name, set]] = x }
function sample(name, set,    i, x) { # mean, variance, low and high of one
    for (i = 1; i <= count[name, set]; i++) x[i] = list[name, set, i]
    moments(x, count[name, set] + 0)
    interval()
}
function side(name, set, level) { # 1: its mean is shown to be more than level; -1: less
    sample(name, set)
    return low == "nan" ? 0 : low > level ? 1 : high < level ? -1 : 0
}

# compare(n1, mean1, variance1, n2, mean2, variance2): how much more the second is: difference; low
# and high, its interval of 95 % by Welch's method; hedges_g. They are "nan" where there are too few
# numbers, hedges_g also where none varies.
function compare(n1, mean1, variance1, n2, mean2, variance2,    e1, e2, v) {
    difference = low = high = hedges_g = "nan"
    if (n1 && n2) difference = mean2 - mean1
    if (n1 < 2 || n2 < 2) return
    e1 = variance1 / n1
    e2 = variance2 / n2
    low = high = difference
    if (e1 + e2 == 0) return
    v = (e1 + e2)^2 / (e1^2 / (n1 - 1) + e2^2 / (n2 - 1))
    low -= quantile(v) * sqrt(e1 + e2)
    high += quantile(v) * sqrt(e1 + e2)
    v = n1 + n2 - 2
    hedges_g = exp(log_gamma(v / 2) - log_gamma((v - 1) / 2)) / sqrt(v / 2) * \
        difference / sqrt(((n1 - 1) * variance1 + (n2 - 1) * variance2) / v)
}
