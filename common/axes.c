/* SPDX-License-Identifier: MIT */
#include "common/axes.h"

#include "common/number.h"
#include "common/sheet.h"

#include <inttypes.h>
#include <stdio.h>

/* Rows and columns, at every step, with ticks; x is the left edge of the cells. */
static void draw_numbers(struct sheet *sheet, uint32_t x) {
    struct canvas *canvas = &sheet->canvas;
    uint32_t letter = letter_width(canvas), line = letter_height(canvas), zoom = canvas->zoom;
    uint32_t scale = sheet->scale, tick = letter / 2, y = sheet->top;
    uint32_t right = x + sheet->columns * scale, below = y + sheet->rows * scale;
    char text[16];
    uint64_t step = key_cell_step(sheet->rows, scale, line);
    for (uint64_t row = 0; row < sheet->rows; row += step) {
        uint32_t at = y + (uint32_t)row * scale + scale / 2;
        uint32_t length = (uint32_t)snprintf(text, sizeof text, "%" PRIu64, row) * letter;
        canvas_fill(canvas, x - tick, at, tick, zoom, TEXT);
        canvas_text(canvas, x - letter - length, at - line / 2, text, TEXT);
    }
    step = key_cell_step(sheet->columns, scale, (2 + key_digits(sheet->columns - 1)) * letter);
    for (uint64_t column = 0; column < sheet->columns; column += step) {
        uint32_t at = x + (uint32_t)column * scale + scale / 2;
        uint32_t length = (uint32_t)snprintf(text, sizeof text, "%" PRIu64, column) * letter;
        if (at + length / 2 > right + letter)
            break;
        canvas_fill(canvas, at, below, zoom, tick, TEXT);
        canvas_text(canvas, at - length / 2, below + tick, text, TEXT);
    }
}

/* A square and a name for each class, in as many columns as they need. Those that may change take
   the whole place for the key. */
static void draw_classes(struct sheet *sheet, uint32_t panel) {
    const struct key *key = &sheet->keys[panel];
    struct canvas *canvas = &sheet->canvas;
    uint32_t letter = letter_width(canvas), line = letter_height(canvas), width, lines;
    uint32_t x = sheet->left + panel * sheet->pitch + sheet->panel + letter;
    lines = (uint32_t)key_lines((uint64_t)sheet->rows * sheet->scale, line);
    width = (uint32_t)key_class_width(key, letter);
    if (key->numbers)
        canvas_fill(canvas, x, sheet->top, sheet->key_width - letter, sheet->key_height, PAPER);
    for (uint32_t c = 0; c < key->classes; c++) {
        char text[PIECE];
        uint32_t left = x + c / lines * width, y = sheet->top + c % lines * line;
        snprintf(text, sizeof text, "%s %" PRIu64, key->name, key_number(key, c));
        canvas_fill(canvas, left, y + line / 4, line / 2, line / 2, key->colours[c]);
        canvas_text(canvas, left + 2 * letter, y, text, TEXT);
    }
}

/* A bar of all colours, the most at the top, with numbers. */
static void draw_bar(struct sheet *sheet, uint32_t panel) {
    const struct key *key = &sheet->keys[panel];
    struct canvas *canvas = &sheet->canvas;
    uint32_t letter = letter_width(canvas), line = letter_height(canvas), y = sheet->top;
    uint32_t height = sheet->rows * sheet->scale, last = height > 1 ? height - 1 : 1;
    uint32_t x = sheet->left + panel * sheet->pitch + sheet->panel + letter;
    for (uint32_t row = 0; row < height; row++)
        canvas_fill(canvas, x, y + row, 2 * letter, 1,
                    key->colours[(uint64_t)255 * (height - 1 - row) / last]);
    x += 3 * letter;
    canvas_fill(canvas, x, y - line / 2, sheet->key_width - 4 * letter, height + line, PAPER);
    double step = key_bar_step(key, height, line), range = key->most - key->least;
    for (uint32_t i = 0; key->least + i * step <= key->most; i++) {
        char text[32];
        double part = range > 0 ? i * step / range : 0;
        uint32_t at = y + (uint32_t)((1 - part) * (height - 1) + 0.5);
        canvas_fill(canvas, x - letter, at, letter / 2, canvas->zoom, TEXT);
        canvas_text(canvas, x, at - line / 2, double_text(text, key->least + i * step), TEXT);
    }
}

void axes_draw(struct sheet *sheet) {
    for (uint32_t p = 0; p < sheet->panels; p++) {
        draw_numbers(sheet, sheet->left + p * sheet->pitch);
        if (sheet->keys[p].classes && !sheet->keys[p].numbers)
            draw_classes(sheet, p);
    }
}

void axes_keys(struct sheet *sheet) {
    for (uint32_t p = 0; p < sheet->panels; p++)
        if (sheet->keys[p].numbers)
            draw_classes(sheet, p);
        else if (sheet->keys[p].colours && !sheet->keys[p].classes)
            draw_bar(sheet, p);
}
