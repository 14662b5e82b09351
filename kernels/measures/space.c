/* SPDX-License-Identifier: MIT */
#include "kernels/measures/space.h"

#include "common/err.h"
#include "kernels/measures/phenotype.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Living cells side by side in a row, from column first to last. Runs that touch are one patch. */
struct space_run {
    uint32_t first, last;
    size_t patch; /* a run of the same patch, itself if it stands for all; those come first */
    uint64_t cells;
};

/* One half of the offsets, rows and columns; the others are their opposites. */
static const size_t half[4][2] = {{0, 1}, {1, 0}, {1, 1}, {1, SIZE_MAX}};

static bool to_itself(const struct model *model, const size_t offset[2]) {
    return (!offset[0] || model->height == 1) && (!offset[1] || model->width == 1);
}

/* In eight partial sums, so that the compiler can vectorize the loop. */
static double product(const double *a, const double *b, size_t n) {
    double part[8] = {0}, sum = 0.0;
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t j = 0; j < 8; j++)
            part[j] += a[i + j] * b[i + j];
    for (; i < n; i++)
        sum += a[i] * b[i];
    for (size_t j = 0; j < 8; j++)
        sum += part[j];
    return sum;
}

/* The sum over all cells of their deviation times that of the cell so many rows and columns on. */
static double shifted_product(const struct space *s, const struct model *model, size_t rows_on,
                              size_t cols_on) {
    size_t rows = model->height, cols = model->width, on = cols_on == SIZE_MAX ? cols - 1 : cols_on;
    double sum = 0.0;
    on %= cols;
    for (size_t r = 0; r < rows; r++) {
        const double *row = s->away + r * cols, *other = s->away + (r + rows_on) % rows * cols;
        sum += product(row, other + on, cols - on) + product(row + cols - on, other, on);
    }
    return sum;
}

/* Sets away. Returns the sum of squares, 0 if alpha is constant. */
static double deviations(struct space *s, const struct world *world) {
    const float *alpha = world->state;
    double sum = 0.0;
    float least = alpha[0], most = alpha[0];
    for (size_t i = 0; i < world->cells; i++) {
        least = alpha[i] < least ? alpha[i] : least;
        most = alpha[i] > most ? alpha[i] : most;
        sum += alpha[i];
    }
    double mean = sum / (double)world->cells;
    for (size_t i = 0; i < world->cells; i++)
        s->away[i] = alpha[i] - mean;
    return least == most ? 0.0 : product(s->away, s->away, world->cells);
}

static double moran(const struct space *s, const struct model *model, double squares) {
    double sum = 0.0;
    int offsets = 0;
    for (int o = 0; o < 4; o++)
        if (!to_itself(model, half[o])) {
            sum += shifted_product(s, model, half[o][0], half[o][1]);
            offsets++;
        }
    return sum / (offsets * squares);
}

/* The lag, linear between whole ones, at which the correlation falls below 1/e. */
static double correlation_length(const struct space *s, const struct model *model, double squares) {
    size_t rows = model->height, cols = model->width;
    double before = 1.0, limit = exp(-1.0);
    for (size_t k = 1; squares > 0.0 && (2 * k <= rows || 2 * k <= cols); k++) {
        double sum = 0.0;
        sum += 2 * k <= rows ? shifted_product(s, model, k, 0) : 0.0;
        sum += 2 * k <= cols ? shifted_product(s, model, 0, k) : 0.0;
        double now = sum / (squares * ((2 * k <= rows) + (2 * k <= cols)));
        if (now < limit)
            return (double)(k - 1) + (before - limit) / (before - now);
        before = now;
    }
    return NAN;
}

/* Counts pairs of cells with genomes, and those of them with the same one. */
static void count_pairs(const uint32_t *a, const uint32_t *b, size_t n, uint64_t pairs[2]) {
    uint32_t both = 0, same = 0;
    for (size_t i = 0; i < n; i++) {
        both += (a[i] != 0) & (b[i] != 0);
        same += (a[i] != 0) & (a[i] == b[i]);
    }
    pairs[0] += both;
    pairs[1] += same;
}

static double join(const struct world *world) {
    const struct model *model = &world->model;
    size_t rows = model->height, cols = model->width;
    uint64_t pairs[2] = {0};
    for (int o = 0; o < 4; o++) {
        size_t on = (half[o][1] == SIZE_MAX ? cols - 1 : half[o][1]) % cols;
        for (size_t r = 0; !to_itself(model, half[o]) && r < rows; r++) {
            const uint32_t *row = world->slots + r * cols;
            const uint32_t *other = world->slots + (r + half[o][0]) % rows * cols;
            count_pairs(row, other + on, cols - on, pairs);
            count_pairs(row + cols - on, other, on, pairs);
        }
    }
    return (double)pairs[1] / (double)pairs[0];
}

static double expected_join(struct space *s, const struct world *world) {
    size_t slots = (size_t)world->pool.capacity + 1;
    uint64_t same = 0;
    if (slots > s->slots)
        s->cells = reallocate(s->cells, slots, sizeof *s->cells, "pairs");
    s->slots = slots;
    memset(s->cells, 0, slots * sizeof *s->cells);
    for (size_t i = 0; i < world->cells; i++)
        s->cells[world->slots[i]]++;
    for (size_t slot = 1; slot < slots; slot++)
        same += s->cells[slot] ? (uint64_t)s->cells[slot] * (s->cells[slot] - 1) : 0;
    double carriers = (double)(world->cells - s->cells[0]);
    return (double)same / (carriers * (carriers - 1.0));
}

/* The run that stands for the patch of a run. */
static size_t patch_of(struct space_run *run, size_t i) {
    while (run[i].patch != i)
        i = run[i].patch = run[run[i].patch].patch;
    return i;
}

static void connect(struct space_run *run, size_t i, size_t j) {
    i = patch_of(run, i);
    j = patch_of(run, j);
    if (i == j)
        return;
    size_t first = i < j ? i : j, later = i < j ? j : i;
    run[later].patch = first;
    run[first].cells += run[later].cells;
}

/* Appends the runs of a row. */
static void find_runs(struct space *s, const float *alpha, size_t cols) {
    for (size_t c = 0; c < cols; c++) {
        if (alpha[c] == 0.0f)
            continue;
        size_t first = c;
        while (c < cols && alpha[c] != 0.0f)
            c++;
        s->run = grow(s->run, &s->run_room, s->runs + 1, sizeof *s->run, "patches");
        s->run[s->runs] = (struct space_run){.first = (uint32_t)first,
                                             .last = (uint32_t)(c - 1),
                                             .patch = s->runs,
                                             .cells = c - first};
        s->runs++;
    }
}

/* Connects runs a up to below a_end of one row with b up to below b_end of the next, also around
   the edge, and those of the row itself that meet there. */
static void connect_rows(struct space_run *run, size_t a, size_t a_end, size_t b, size_t b_end,
                         uint32_t last) {
    if (a == a_end)
        return;
    bool left = run[a].first == 0, right = run[a_end - 1].last == last;
    if (left && right)
        connect(run, a, a_end - 1);
    if (b == b_end)
        return;
    if (left && run[b_end - 1].last == last)
        connect(run, a, b_end - 1);
    if (right && run[b].first == 0)
        connect(run, a_end - 1, b);
    while (a < a_end && b < b_end) {
        if (run[a].last + UINT64_C(1) >= run[b].first && run[b].last + UINT64_C(1) >= run[a].first)
            connect(run, a, b);
        if (run[a].last < run[b].last)
            a++;
        else
            b++;
    }
}

static void find_patches(struct space *s, const struct world *world, struct space_numbers *n) {
    size_t rows = world->model.height, cols = world->model.width, before = 0, row = 0,
           first_end = 0;
    uint32_t last = (uint32_t)(cols - 1);
    s->runs = 0;
    for (size_t r = 0; r < rows; r++) {
        row = s->runs;
        find_runs(s, world->state + r * cols, cols);
        if (r)
            connect_rows(s->run, before, row, row, s->runs, last);
        else
            first_end = s->runs;
        before = row;
    }
    connect_rows(s->run, row, s->runs, 0, first_end, last);
    for (size_t i = 0; i < s->runs; i++)
        if (s->run[i].patch == i) {
            n->patches++;
            n->largest = s->run[i].cells > n->largest ? s->run[i].cells : n->largest;
        }
}

/* Sets kind, and count[levels + 1]. Returns how many kinds there are; of[kind] is their level. */
static uint32_t number_types(struct space *s, const struct world *world, uint32_t levels,
                             uint64_t *count, uint16_t *of) {
    uint16_t number[MAX_LEVELS + 1] = {0};
    uint32_t kinds = 0;
    phenotype_count(world->state, world->cells, levels, count);
    for (uint32_t k = 0; k <= levels; k++)
        if (count[k]) {
            number[k] = (uint16_t)kinds;
            of[kinds++] = (uint16_t)k;
        }
    for (size_t i = 0; i < world->cells; i++)
        s->kind[i] = number[phenotype_level(world->state[i], levels)];
    return kinds;
}

/* Counts pairs by kind; in two tables, so that none waits for the other. */
static void count_kinds(struct space *s, const struct model *model, size_t kinds) {
    size_t rows = model->height, cols = model->width, room = kinds * kinds;
    for (int axis = 0; axis < 2; axis++) {
        if (room > s->pairs_room)
            s->pairs[axis] = reallocate(s->pairs[axis], room, sizeof **s->pairs, "pairs");
        memset(s->pairs[axis], 0, room * sizeof **s->pairs);
    }
    s->pairs_room = room > s->pairs_room ? room : s->pairs_room;
    for (size_t r = 0; r < rows; r++) {
        const uint16_t *row = s->kind + r * cols, *below = s->kind + (r + 1) % rows * cols;
        for (size_t c = 0; c < cols; c++) {
            s->pairs[0][row[c] * kinds + row[c + 1 < cols ? c + 1 : 0]]++;
            s->pairs[1][row[c] * kinds + below[c]]++;
        }
    }
}

/* Each cell is as often the first as the second of a pair: both have the distribution of types. */
static double information(struct space *s, const struct world *world, uint32_t kinds,
                          const uint64_t *count, const uint16_t *of) {
    bool across = world->model.width > 1, down = world->model.height > 1;
    double n = (double)world->cells, pairs = n * (across + down), sum = 0.0;
    if (!across && !down)
        return NAN;
    count_kinds(s, &world->model, kinds);
    for (uint32_t a = 0; a < kinds; a++)
        for (uint32_t b = 0; b < kinds; b++) {
            size_t at = (size_t)a * kinds + b;
            double both = (across ? s->pairs[0][at] : 0.0) + (down ? s->pairs[1][at] : 0.0);
            double apart = ((double)count[of[a]] / n) * ((double)count[of[b]] / n);
            if (both > 0.0)
                sum += both / pairs * log2(both / pairs / apart);
        }
    return fmax(sum, 0.0);
}

struct space_numbers space_take(struct space *s, const struct world *world, uint32_t levels) {
    struct space_numbers n = {0};
    uint64_t count[MAX_LEVELS + 1];
    uint16_t of[MAX_LEVELS + 1];
    uint32_t types;
    if (!s->away) {
        s->away = allocate(world->cells, sizeof *s->away, "deviations");
        s->kind = allocate(world->cells, sizeof *s->kind, "types");
    }
    double squares = deviations(s, world);
    n.moran = squares > 0.0 ? moran(s, &world->model, squares) : NAN;
    n.xi = correlation_length(s, &world->model, squares);
    n.join = join(world);
    n.join_expected = expected_join(s, world);
    find_patches(s, world, &n);
    uint32_t kinds = number_types(s, world, levels, count, of);
    n.h0 = phenotype_bits(count, levels, world->cells, &types);
    n.mi = information(s, world, kinds, count, of);
    return n;
}

void space_free(struct space *s) {
    free(s->away);
    free(s->kind);
    free(s->cells);
    free(s->pairs[0]);
    free(s->pairs[1]);
    free(s->run);
}
