/* SPDX-License-Identifier: MIT */
#include "bin-src/series.h"

#include "common/err.h"

#include <stdlib.h>
#include <string.h>

void series_open(struct series *s, const struct world *world, unsigned sections,
                 const struct choices *choices) {
    const struct measure *const all[SERIES_MEASURES] = {&census, &entropy, &gcvp};
    for (size_t m = 0; m < SERIES_MEASURES; m++) {
        if (sections_needed(all[m]->sections) & ~sections)
            continue;
        struct table table = {.columns = all[m]->columns, .count = all[m]->count};
        s->work[s->measures] = all[m]->begin(&table, world, choices);
        s->measure[s->measures++] = all[m];
        for (int c = 0; c < table.count; c++)
            s->name[s->columns++] = table.columns[c];
    }
    s->step = 1;
    s->generation = allocate(SERIES_ROWS, sizeof *s->generation, "series");
    s->value = allocate(SERIES_ROWS * (s->columns + 1), sizeof *s->value, "series");
}

/* Drops every second row. */
static void thin(struct series *s) {
    for (size_t row = 0; 2 * row < s->rows; row++) {
        s->generation[row] = s->generation[2 * row];
        memcpy(s->value + row * s->columns, s->value + 2 * row * s->columns,
               s->columns * sizeof *s->value);
    }
    s->rows = (s->rows + 1) / 2;
    s->step *= 2;
}

void series_take(struct series *s, const struct world *world) {
    double row[32] = {0};
    size_t column = 0;
    for (size_t m = 0; m < s->measures; m++) { /* of births each generation counts */
        s->measure[m]->take(s->work[m], world, row + column);
        column += (size_t)s->measure[m]->count;
    }
    if (s->taken++ % s->step)
        return;
    if (s->rows == SERIES_ROWS) {
        thin(s);
        if ((s->taken - 1) % s->step)
            return;
    }
    for (size_t c = 0; c < s->columns; c++)
        s->value[s->rows * s->columns + c] = (float)row[c];
    s->generation[s->rows++] = world->generation;
}

void series_pack(const struct series *s, struct bytes *to) {
    uint32_t *numbers = allocate(s->rows + 1, sizeof *numbers, "series");
    for (size_t row = 0; row < s->rows; row++)
        numbers[row] = (uint32_t)(s->generation[row] - s->generation[0]);
    bytes_column(to, numbers, s->rows);
    for (size_t c = 0; c < s->columns; c++) {
        for (size_t row = 0; row < s->rows; row++)
            memcpy(&numbers[row], &s->value[row * s->columns + c], sizeof *numbers);
        bytes_column(to, numbers, s->rows);
    }
    free(numbers);
}

void series_free(struct series *s) {
    for (size_t m = 0; m < s->measures; m++)
        s->measure[m]->end(s->work[m]);
    free(s->generation);
    free(s->value);
}
