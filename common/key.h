/* SPDX-License-Identifier: MIT */
/* Keys: what the colours of a panel mean; and the numbers along its edges. */
#ifndef NCA_KEY_H
#define NCA_KEY_H

#include <stdbool.h>
#include <stdint.h>

struct key {
    const uint32_t *colours; /* NULL: there is no key */
    uint32_t classes;        /* that the first colours stand for; 0: a bar of 256 colours */
    const char *name;        /* of a class, before its number: from 1 on, or */
    const uint64_t *numbers; /* [classes] these, which may change from picture to picture, */
    uint64_t widest;         /* but are never wider than this one */
    double least, most;      /* of a bar */
    bool whole;              /* its numbers are whole */
};

/* Pixels that numbers and keys take around the cells of a panel, and its height with the key. */
struct room {
    uint64_t left, right, below, height;
};

/* The most that any of these panels takes. Cells are height pixels high, in so many rows; letters
   and lines have these sizes. */
struct room key_room(const struct key *keys, uint32_t panels, uint64_t rows, uint64_t height,
                     uint64_t letter, uint64_t line);

/* The distance of numbers at cells of scale pixels: 1, 2, 5, 10, 20 and so on, so that they are at
   least gap pixels apart, and not many. */
uint64_t key_cell_step(uint64_t cells, uint64_t scale, uint64_t gap);

/* The distance of numbers at a bar of so many pixels. */
double key_bar_step(const struct key *key, uint64_t height, uint64_t line);

/* The number of a class, from 0. */
uint64_t key_number(const struct key *key, uint32_t of);

/* Classes that stand below each other; the others stand in further columns of this width. */
uint64_t key_lines(uint64_t height, uint64_t line);
uint64_t key_class_width(const struct key *key, uint64_t letter);

/* The width of a number in letters. */
uint64_t key_digits(uint64_t number);

#endif
