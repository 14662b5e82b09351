/* SPDX-License-Identifier: MIT */
#include "common/sheet.h"

#include "common/err.h"

#include <inttypes.h>
#include <string.h>

enum { PAPER = 0x262626, TEXT = 0xe0e0e0, APART = 3 }; /* letters of space between pieces */

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

static uint64_t smaller(uint64_t a, uint64_t b) {
    return a < b ? a : b;
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

void sheet_open(struct sheet *sheet) {
    struct canvas *canvas = &sheet->canvas;
    uint64_t side = larger(sheet->columns, sheet->rows);
    if (!sheet->scale)
        sheet->scale = sheet->format == ANSI ? 1 : (uint32_t)larger(1, DEFAULT_SIDE / side);
    uint64_t panel = (uint64_t)sheet->columns * sheet->scale;
    uint64_t height = (uint64_t)sheet->rows * sheet->scale;
    canvas->format = sheet->format;
    canvas->fps = sheet->fps;
    canvas->zoom = (unsigned)larger(1, smaller(panel * sheet->panels, height * 2) / DEFAULT_SIDE);

    uint64_t letter = letter_width(canvas), line = letter_height(canvas), title = 0, piece = 0;
    for (uint32_t p = 0; p < sheet->panels; p++)
        title = larger(title, strlen(sheet->titles[p]) * letter);
    for (int i = 0; i < PIECES; i++)
        piece = larger(piece, strlen(sheet->caption[i]) * letter);
    if (sheet->annotate)
        panel = larger(panel, title);
    uint64_t pitch = panel + 2 * letter, width = sheet->panels * pitch - 2 * letter;
    sheet->margin = sheet->top = 0;
    if (sheet->annotate) {
        width = larger(width, piece);
        break_caption(sheet, width);
        sheet->margin = (uint32_t)letter;
        /* half a line between caption and titles, none in ANSI */
        sheet->top = (uint32_t)((sheet->caption_lines + 1) * line + line / 4 * 2);
    }
    width += (uint64_t)2 * sheet->margin;
    height += sheet->top + sheet->margin;
    if (width > MAX_SIDE || height > MAX_SIDE)
        die(EXIT_FAILED,
            "a picture of %" PRIu64 " x %" PRIu64 " pixels: larger than %d pixels a side: "
            "lower --scale or show fewer views",
            width, height, MAX_SIDE);
    sheet->pitch = (uint32_t)pitch;

    canvas_open(canvas, (uint32_t)width, (uint32_t)height);
    canvas_fill(canvas, 0, 0, canvas->width, canvas->height, PAPER);
    for (uint32_t p = 0; sheet->annotate && p < sheet->panels; p++)
        canvas_text(canvas, sheet->margin + p * sheet->pitch, sheet->top - letter_height(canvas),
                    sheet->titles[p], TEXT);
}

void sheet_panel(struct sheet *sheet, uint32_t panel, const uint32_t *rgb) {
    canvas_cells(&sheet->canvas, sheet->margin + panel * sheet->pitch, sheet->top, rgb,
                 sheet->columns, sheet->rows, sheet->scale);
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
    if (sheet->annotate)
        draw_caption(sheet);
    canvas_write(&sheet->canvas);
}

void sheet_close(struct sheet *sheet) {
    canvas_close(&sheet->canvas);
}
