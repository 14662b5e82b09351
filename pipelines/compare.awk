# SPDX-License-Identifier: MIT
# For nca-compare, behind statistics.awk: differences of all pairs of groups or, with map, a map's
# means. Variables: header, the columns; keys; map. Files: with file=1 the groups' names, or their
# values for a map; with file=2 lines of runs, from the third column on their numbers; with file=3
# lines with a group and the number of a run in it.
file == 1 { name[++groups] = $0; next }
file == 2 { ++runs; columns = NF - 2; for (c = 1; c <= columns; c++) cell[runs, c] = $(c + 2) }
file == 3 { member[$1, ++size[$1]] = $2 }
function describe(g, c,    i) {
    for (i = 1; i <= size[g]; i++) list[i] = cell[member[g, i], c]
    moments(list, size[g])
    number[g, c] = n_numbers
    means[g, c] = mean
    variances[g, c] = variance
}
function deviation(g, c) { return variances[g, c] == "nan" ? "nan" : sqrt(variances[g, c]) }
function write_pair(a, b, c) {
    compare(number[a, c], means[a, c], variances[a, c], number[b, c], means[b, c],
        variances[b, c])
    print column[c], name[a], name[b], number[a, c], number[b, c], shown(means[a, c]),
        shown(means[b, c]), shown(deviation(a, c)), shown(deviation(b, c)),
        shown(difference), shown(low), shown(high), shown(hedges_g)
}
function write_map(    g, c, line) {
    sub(/,/, OFS, keys)
    line = "# " keys OFS "runs"
    for (c = 1; c <= columns; c++) line = line OFS column[c] "_mean" OFS column[c] "_sd"
    print line
    for (g = 1; g <= groups; g++) {
        line = name[g] OFS size[g]
        for (c = 1; c <= columns; c++)
            line = line OFS shown(means[g, c]) OFS shown(deviation(g, c))
        print line
    }
}
END {
    split(header, column, "\t")
    for (g = 1; g <= groups; g++) for (c = 1; c <= columns; c++) describe(g, c)
    if (map) { write_map(); exit }
    print "# column", "group_1", "group_2", "n_1", "n_2", "mean_1", "mean_2", "sd_1", "sd_2",
        "difference", "low", "high", "hedges_g"
    for (c = 1; c <= columns; c++)
        for (a = 1; a < groups; a++)
            for (b = a + 1; b <= groups; b++) write_pair(a, b, c)
}
