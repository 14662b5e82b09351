/* SPDX-License-Identifier: MIT */
#include "common/key.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

uint64_t key_digits(uint64_t number) {
    return (uint64_t)snprintf(NULL, 0, "%" PRIu64, number);
}

/* The smallest of 1, 2, 5, 10, 20 .. that is at least this. */
static uint64_t nice(double least) {
    uint64_t step = 1;
    for (unsigned i = 0; (double)step < least && i < 57; i++)
        step = i % 3 == 1 ? step / 2 * 5 : step * 2;
    return step;
}

uint64_t key_cell_step(uint64_t cells, uint64_t scale, uint64_t gap) {
    return nice((double)larger(gap, cells * scale / 6) / (double)scale);
}

double key_bar_step(const struct key *key, uint64_t height, uint64_t line) {
    double range = key->most - key->least, gap = (double)larger(line, height / 6);
    if (key->whole)
        return range > 0 ? (double)nice(gap * range / (double)height) : 1;
    for (int parts = 4; parts; parts /= 2)
        if ((double)height >= gap * parts)
            return range / parts;
    return 2 * range; /* the least alone */
}

uint64_t key_lines(uint64_t height, uint64_t line) {
    return larger(6, height / line);
}

uint64_t key_class_width(const struct key *key, uint64_t letter) {
    return (4 + strlen(key->name) + key_digits(key->numbers ? key->widest : key->classes)) * letter;
}

uint64_t key_number(const struct key *key, uint32_t of) {
    return key->numbers ? key->numbers[of] : of + 1;
}

/* The longest number at a bar, in letters. */
static uint64_t bar_letters(const struct key *key) {
    return key->whole ? key_digits((uint64_t)key->most) : strlen("0.75");
}

struct room key_room(const struct key *keys, uint32_t panels, uint64_t rows, uint64_t height,
                     uint64_t letter, uint64_t line) {
    struct room room = {(1 + key_digits(rows - 1)) * letter, 0, line + letter, height};
    for (const struct key *key = keys; key < keys + panels; key++) {
        uint64_t lines = key_lines(height, line), classes = key->classes;
        if (classes) {
            uint64_t columns = (classes + lines - 1) / lines;
            room.right = larger(room.right, columns * key_class_width(key, letter) + letter);
            room.height = larger(room.height, (classes < lines ? classes : lines) * line);
        } else if (key->colours)
            room.right = larger(room.right, (4 + bar_letters(key)) * letter);
    }
    return room;
}
