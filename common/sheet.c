/* SPDX-License-Identifier: MIT */
#include "common/sheet.h"

#include "common/axes.h"
#include "common/err.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const sheet_formats[SHEET_FORMATS] = {"y4m", "ppm", "ansi", "png", "pdf"};

enum { APART = 3 }; /* letters of space between pieces */

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

static uint64_t smaller(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* How many parts of this size, the last maybe smaller. */
static uint64_t parts(uint64_t whole, uint64_t size) {
    return (whole + size - 1) / size;
}

/* Breaks the caption into lines no longer than width. */
static void break_caption(struct sheet *sheet, uint64_t width) {
    uint64_t letter = letter_width(&sheet->canvas), line = 0;
    sheet->caption_width = (uint32_t)width;
    sheet->caption_lines = 1;
    for (int i = 0; i < PIECES; i++) {
        uint64_t length = strlen(sheet->caption[i]) * letter;
        uint64_t longer = line && length ? line + APART * letter + length : line + length;
        sheet->starts_line[i] = longer > width;
        sheet->caption_lines += longer > width;
        line = longer > width ? length : longer;
    }
}

/* Sets all sizes but scale and shrink; the caption may be as wide as the panels or, on a terminal,
   as that. */
static void lay_out(struct sheet *sheet, uint64_t terminal, uint64_t *width, uint64_t *height) {
    struct canvas *canvas = &sheet->canvas;
    uint64_t panel = parts(sheet->columns, sheet->shrink) * sheet->scale;
    *height = parts(sheet->rows, sheet->shrink) * sheet->scale;
    canvas->zoom = (unsigned)larger(1, smaller(panel * sheet->panels, *height * 2) / DEFAULT_SIDE);

    uint64_t letter = letter_width(canvas), line = letter_height(canvas), title = 0, piece = 0,
             all = 0;
    for (uint32_t p = 0; p < sheet->panels; p++)
        title = larger(title, strlen(sheet->titles[p]) * letter);
    for (int i = 0; i < PIECES; i++) {
        piece = larger(piece, strlen(sheet->caption[i]) * letter);
        all += (strlen(sheet->caption[i]) + APART) * letter;
    }
    if (sheet->annotate)
        panel = larger(panel, title);
    struct room room = {.height = *height};
    sheet->margin = sheet->top = 0;
    if (sheet->axes) {
        room = key_room(sheet->keys, sheet->panels, sheet->rows, *height, letter, line);
        sheet->margin = (uint32_t)letter;
        sheet->top = (uint32_t)line; /* the uppermost number needs half of it */
    }
    uint64_t pitch = room.left + panel + room.right + 2 * letter;
    *width = sheet->panels * pitch - 2 * letter;
    if (sheet->annotate) {
        uint64_t caption = *width;
        if (terminal > 2 * letter)
            caption = smaller(larger(caption, all), terminal - 2 * letter);
        caption = larger(caption, piece);
        break_caption(sheet, caption);
        *width = larger(*width, caption);
        sheet->margin = (uint32_t)letter;
        /* half a line between caption and titles, none in ANSI */
        sheet->top = (uint32_t)((sheet->caption_lines + 1) * line + line / 4 * 2);
    }
    *width += (uint64_t)2 * sheet->margin;
    *height = sheet->top + room.height + room.below + sheet->margin;
    sheet->left = sheet->margin + (uint32_t)room.left;
    sheet->panel = (uint32_t)smaller(panel, UINT32_MAX);
    sheet->key_width = (uint32_t)room.right;
    sheet->key_height = (uint32_t)smaller(room.height, UINT32_MAX);
    sheet->pitch = (uint32_t)smaller(pitch, UINT32_MAX);
}

void sheet_open(struct sheet *sheet) {
    struct canvas *canvas = &sheet->canvas;
    uint32_t most_width = 0, most_height = 0;
    uint64_t side = larger(sheet->columns, sheet->rows), width, height;
    bool fits = sheet->format == ANSI && canvas_terminal(&most_width, &most_height);
    bool shrinks = fits && !sheet->scale;
    if (!sheet->scale)
        sheet->scale = sheet->format == ANSI ? 1 : (uint32_t)larger(1, DEFAULT_SIDE / side);
    sheet->shrink = 1;
    if (sheet->format >= CANVAS_FORMATS)
        return;
    canvas->format = (enum canvas_format)sheet->format;
    canvas->fps = sheet->fps;
    lay_out(sheet, most_width, &width, &height);
    while (shrinks && (width > most_width || height > most_height) && sheet->shrink < side) {
        sheet->shrink++;
        lay_out(sheet, most_width, &width, &height);
    }
    if (width > MAX_SIDE || height > MAX_SIDE)
        die(EXIT_FAILED,
            "a picture of %" PRIu64 " x %" PRIu64 " pixels: larger than %d pixels a side: "
            "lower --scale or show fewer views",
            width, height, MAX_SIDE);
    if (sheet->shrink > 1)
        sheet->small =
            allocate(parts(sheet->columns, sheet->shrink) * parts(sheet->rows, sheet->shrink),
                     sizeof *sheet->small, "picture");

    canvas_open(canvas, (uint32_t)width, (uint32_t)height);
    if (fits) {
        canvas->shown_width = (uint32_t)smaller(canvas->width, most_width);
        canvas->shown_height = (uint32_t)smaller(canvas->height, most_height);
    }
    canvas_fill(canvas, 0, 0, canvas->width, canvas->height, PAPER);
    for (uint32_t p = 0; sheet->annotate && p < sheet->panels; p++)
        canvas_text(canvas, sheet->left + p * sheet->pitch, sheet->top - letter_height(canvas),
                    sheet->titles[p], TEXT);
    if (sheet->axes)
        axes_draw(sheet);
}

/* The mean colour of the cells that pixel (column, row) of a shrunk panel shows: of light, which
   goes about with the square of a value, so that few bright cells do not vanish. */
static uint32_t mean_colour(const struct sheet *sheet, const uint32_t *rgb, uint32_t column,
                            uint32_t row) {
    uint64_t sum[3] = {0}, count = 0;
    uint64_t right = smaller(sheet->columns, (uint64_t)(column + 1) * sheet->shrink);
    uint64_t below = smaller(sheet->rows, (uint64_t)(row + 1) * sheet->shrink);
    for (uint64_t y = (uint64_t)row * sheet->shrink; y < below; y++)
        for (uint64_t x = (uint64_t)column * sheet->shrink; x < right; x++, count++)
            for (int k = 0; k < 3; k++) {
                uint64_t value = rgb[y * sheet->columns + x] >> 8 * k & 0xff;
                sum[k] += value * value;
            }
    for (int k = 0; k < 3; k++)
        sum[k] = (uint64_t)(sqrt((double)sum[k] / (double)count) + 0.5);
    return (uint32_t)(sum[2] << 16 | sum[1] << 8 | sum[0]);
}

void sheet_panel(struct sheet *sheet, uint32_t panel, const uint32_t *rgb) {
    uint32_t columns = (uint32_t)parts(sheet->columns, sheet->shrink);
    uint32_t rows = (uint32_t)parts(sheet->rows, sheet->shrink);
    if (sheet->format >= CANVAS_FORMATS) {
        figure_panel(sheet, panel, rgb);
        return;
    }
    for (uint32_t row = 0; sheet->small && row < rows; row++)
        for (uint32_t column = 0; column < columns; column++)
            sheet->small[(size_t)row * columns + column] = mean_colour(sheet, rgb, column, row);
    canvas_cells(&sheet->canvas, sheet->left + panel * sheet->pitch, sheet->top,
                 sheet->small ? sheet->small : rgb, columns, rows, sheet->scale);
}

static void draw_caption(struct sheet *sheet) {
    struct canvas *canvas = &sheet->canvas;
    uint32_t x = sheet->margin, y = 0;
    canvas_fill(canvas, x, y, sheet->caption_width, sheet->caption_lines * letter_height(canvas),
                PAPER);
    for (int i = 0; i < PIECES; i++) {
        if (sheet->starts_line[i]) {
            x = sheet->margin;
            y += letter_height(canvas);
        }
        canvas_text(canvas, x, y, sheet->caption[i], TEXT);
        if (*sheet->caption[i])
            x += ((uint32_t)strlen(sheet->caption[i]) + APART) * letter_width(canvas);
    }
}

void sheet_write(struct sheet *sheet) {
    if (sheet->format >= CANVAS_FORMATS) {
        figure_write(sheet);
        return;
    }
    if (sheet->annotate)
        draw_caption(sheet);
    if (sheet->axes)
        axes_keys(sheet);
    canvas_write(&sheet->canvas);
}

void sheet_close(struct sheet *sheet) {
    if (sheet->format < CANVAS_FORMATS)
        canvas_close(&sheet->canvas);
    free(sheet->small);
}
