/* SPDX-License-Identifier: MIT */
/* Reads a recorded run of the thesis's program as a stream (FILE, or - for standard input), and
   checks that the deterministic part of the rule leads from each generation to the next. Which
   genome a cell inherits was random, but shows only a generation later. */
#include "format/stream.h"
#include "kernels/model/rule.h"
#include "tests/tap.h"

#include <stdlib.h>
#include <string.h>

static const double tolerance = 2e-6, margin = 1e-5;

struct cell {
    float s[MAX_CHANNELS];
    uint32_t age;
    bool open; /* so near to a threshold that it may be alive or not */
};

/* Alpha from which on the age rule lets a cell live: halfway to the first tenth above alpha. */
static double age_threshold(float alpha) {
    int tenths = 0;
    while (!((float)tenths / 10.0f > alpha))
        tenths++;
    return (tenths - 0.5) / 10;
}

static struct cell advance(const struct world *world, size_t i) {
    const struct model *model = &world->model;
    uint32_t L = model->channels;
    size_t rows = model->height, cols = model->width;
    float x[9 * MAX_CHANNELS] = {0}, threshold[9] = {0};
    struct cell cell = {0};
    for (uint32_t m = 0; m < 9 * L; m++) {
        size_t row = (i / cols + rows + m % 9 / 3 - 1) % rows;
        size_t col = (i % cols + cols + m % 3 - 1) % cols;
        x[m] = world->state[m / 9 * world->cells + row * cols + col];
        threshold[m % 9] = model->alpha;
    }
    if (world->slots[i] && rule_live(L, x, threshold)) { /* else 0, exactly */
        rule_forward(L, model->hidden, pool_genome(&world->pool, world->slots[i]), x, cell.s);
        double alpha = (double)activate(model->activation, cell.s[0]);
        cell.open = fabs(alpha - (double)model->alpha) < margin ||
                    fabs(alpha - age_threshold(model->alpha)) < margin;
    }
    rule_activate(L, model->activation, model->alpha, cell.s);
    cell.age = rule_age(cell.s[0], model->alpha, world->ages[i]);
    if (cell.age > model->budget)
        cell.age = 0;
    if (!cell.age)
        memset(cell.s, 0, sizeof cell.s);
    return cell;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        puts("1..0 # SKIP a part of tests/30-golden.t, which gives it a stream");
        return 0;
    }
    struct reader *in = reader_open(argv + 1, GENOMES | AGES | STATE);
    uint32_t L = in->header.model.channels;
    size_t cells = in->world.cells, open = 0, lived = 0, wrong_life = 0, wrong_channels = 0;
    double worst = 0;
    struct cell *next = calloc(cells + 1, sizeof *next);
    while (next && reader_next(in) > 0) {
        const struct world *world = &in->world;
        for (size_t i = 0; i < cells; i++) {
            if (in->generations > 1 && !next[i].open) {
                wrong_life += next[i].age != world->ages[i];
                for (uint32_t c = 0; c < L; c++) {
                    double difference = fabs(next[i].s[c] - (double)world->state[c * cells + i]);
                    worst = difference > worst ? difference : worst;
                    wrong_channels += !(difference <= tolerance);
                }
            }
            next[i] = advance(world, i);
            open += next[i].open;
            lived += next[i].age != 0;
        }
    }
    ok(in->generations > 1 && lived > 0, "%zu cells lived on, in %zu generations", lived,
       (size_t)in->generations);
    ok(!wrong_life, "the same cells live: %zu do not", wrong_life);
    ok(!wrong_channels, "channels within %g: %zu are not, worst %g", tolerance, wrong_channels,
       worst);
    printf("# %zu cells were too near to a threshold to decide\n", open);
    free(next);
    ok(reader_close(in) == 0, "the stream is whole");
    return done();
}
