/* SPDX-License-Identifier: MIT */
#include "common/canvas.h"

#include "common/err.h"
#include "common/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

const char *const canvas_formats[CANVAS_FORMATS] = {"y4m", "ppm", "ansi"};

enum { ABOVE = 2 }; /* font pixels of space above a letter */

bool canvas_terminal(uint32_t *width, uint32_t *height) {
    struct winsize size;
    if (!isatty(STDOUT_FILENO))
        return false;
    bool known = !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col && size.ws_row > 1;
    *width = known ? size.ws_col : 80;
    *height = 2u * ((known ? size.ws_row : 24) - 1u);
    return true;
}

void canvas_open(struct canvas *c, uint32_t width, uint32_t height) {
    c->width = width + (c->format == Y4M && width % 2);
    c->height = height + (c->format != PPM && height % 2);
    c->shown_width = c->width;
    c->shown_height = c->height;
    size_t pixels = (size_t)c->width * c->height;
    c->step = c->format == Y4M ? 1 : 3;
    c->plane = c->format == Y4M ? pixels : 1;
    c->bytes = allocate(pixels, 3, "picture");
    c->letters = c->format == ANSI ? allocate(pixels / 2, 1, "picture") : NULL;
    c->due = 0;
    canvas_fill(c, 0, 0, c->width, c->height, 0);
    if (c->format == Y4M)
        printf("YUV4MPEG2 W%" PRIu32 " H%" PRIu32 " F%u:1 Ip A1:1 C444 XCOLORRANGE=FULL\n",
               c->width, c->height, c->fps);
    else if (c->format == ANSI)
        fputs("\033[2J\033[?25l\033[?7l", stdout); /* clear; no cursor; no wrapping */
}

/* Y, Cb and Cr as 0xYYBBRR: full-range BT.601 in 1/65536. Halves go down in Cb and Cr, so that
   255.5 is not 256. */
static uint32_t ycbcr(uint32_t rgb) {
    int32_t r = (uint8_t)(rgb >> 16), g = (uint8_t)(rgb >> 8), b = (uint8_t)rgb;
    int32_t y = 19595 * r + 38470 * g + 7471 * b + 32768;
    int32_t cb = -11058 * r - 21710 * g + 32768 * b + (128 << 16) + 32767;
    int32_t cr = 32768 * r - 27439 * g - 5329 * b + (128 << 16) + 32767;
    return (uint32_t)y >> 16 << 16 | (uint32_t)cb >> 16 << 8 | (uint32_t)cr >> 16;
}

static uint8_t *pixel(const struct canvas *c, uint32_t x, uint32_t y) {
    return c->bytes + ((size_t)y * c->width + x) * c->step;
}

/* Fills count pixels, from this one to the right. */
static void run(const struct canvas *c, uint8_t *at, size_t count, uint32_t rgb) {
    uint32_t ink = c->step == 1 ? ycbcr(rgb) : rgb;
    const uint8_t parts[] = {(uint8_t)(ink >> 16), (uint8_t)(ink >> 8), (uint8_t)ink};
    if (c->step == 1)
        for (size_t k = 0; k < 3; k++)
            memset(at + k * c->plane, parts[k], count);
    else
        for (size_t i = 0; i < 3 * count; i += 3)
            memcpy(at + i, parts, 3);
}

/* Copies a piece of row y to the next count - 1 rows. */
static void repeat(const struct canvas *c, uint32_t x, uint32_t y, size_t width, uint32_t count) {
    const uint8_t *from = pixel(c, x, y);
    for (uint32_t row = 1; row < count; row++)
        for (size_t k = 0; k < (c->step == 1 ? 3 : 1); k++)
            memcpy(pixel(c, x, y + row) + k * c->plane, from + k * c->plane, width * c->step);
}

void canvas_fill(struct canvas *c, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
                 uint32_t rgb) {
    run(c, pixel(c, x, y), width, rgb);
    repeat(c, x, y, width, height);
    if (c->letters)
        for (uint32_t row = y / 2; row < (y + height) / 2; row++)
            memset(c->letters + (size_t)row * c->width + x, 0, width);
}

void canvas_cells(struct canvas *c, uint32_t x, uint32_t y, const uint32_t *rgb, uint32_t columns,
                  uint32_t rows, uint32_t scale) {
    for (uint32_t row = 0; row < rows; row++, y += scale, rgb += columns) {
        for (uint32_t col = 0, next; col < columns; col = next) {
            for (next = col + 1; next < columns && rgb[next] == rgb[col];)
                next++;
            run(c, pixel(c, x + col * scale, y), (size_t)(next - col) * scale, rgb[col]);
        }
        repeat(c, x, y, (size_t)columns * scale, scale);
    }
}

void canvas_text(struct canvas *c, uint32_t x, uint32_t y, const char *text, uint32_t rgb) {
    for (; *text; text++, x += letter_width(c)) {
        unsigned letter = *text < FONT_FIRST || *text > '~' ? '?' : (unsigned char)*text;
        if (c->letters) { /* shown in the upper pixel's colour on the lower one's */
            c->letters[(size_t)(y / 2) * c->width + x] = (char)letter;
            run(c, pixel(c, x, y), 1, rgb);
            continue;
        }
        for (uint32_t row = 0; row < FONT_HEIGHT; row++) {
            unsigned bits = font[letter - FONT_FIRST][row];
            for (uint32_t col = 0; col < FONT_WIDTH; col++)
                if (bits & 0x80u >> col)
                    canvas_fill(c, x + col * c->zoom, y + (ABOVE + row) * c->zoom, c->zoom, c->zoom,
                                rgb);
        }
    }
}

/* Upper half blocks: the upper pixel in the foreground, the lower one in the background. */
static void write_ansi(const struct canvas *c) {
    fputs("\033[H", stdout);
    for (uint32_t y = 0; y < c->shown_height; y += 2) {
        uint32_t fore = UINT32_MAX, back = UINT32_MAX; /* as the terminal has them */
        for (uint32_t x = 0; x < c->shown_width; x++) {
            const uint8_t *p = pixel(c, x, y), *q = pixel(c, x, y + 1);
            uint32_t upper = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
            uint32_t lower = (uint32_t)q[0] << 16 | (uint32_t)q[1] << 8 | q[2];
            char letter = c->letters[(size_t)(y / 2) * c->width + x];
            if (!letter && upper == lower)
                letter = ' ';
            if (letter != ' ' && upper != fore)
                printf("\033[38;2;%u;%u;%um", p[0], p[1], p[2]);
            if (lower != back)
                printf("\033[48;2;%u;%u;%um", q[0], q[1], q[2]);
            fore = letter == ' ' ? fore : upper;
            back = lower;
            if (letter)
                putchar(letter);
            else
                fputs("\u2580", stdout);
        }
        fputs(y + 2 < c->shown_height ? "\033[0m\n" : "\033[0m", stdout);
    }
}

/* Waits until the next picture is due; a signal ends the wait. */
static void keep_pace(struct canvas *c) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t time = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    struct timespec until = {(time_t)(c->due / 1000000000), (long)(c->due % 1000000000)};
    if (c->due > time)
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    c->due = (c->due > time ? c->due : time) + 1000000000 / c->fps;
}

void canvas_write(struct canvas *c) {
    if (c->format == ANSI) {
        if (isatty(STDOUT_FILENO))
            keep_pace(c);
        write_ansi(c);
    } else {
        if (c->format == Y4M)
            puts("FRAME");
        else
            printf("P6\n%" PRIu32 " %" PRIu32 "\n255\n", c->width, c->height);
        fwrite(c->bytes, 3, (size_t)c->width * c->height, stdout);
    }
    if (fflush(stdout) || ferror(stdout)) /* each picture can be watched at once */
        output_failed();
}

void canvas_close(struct canvas *c) {
    if (c->format == ANSI)
        fputs("\033[?7h\033[?25h\n", stdout);
    free(c->bytes);
    free(c->letters);
    c->bytes = NULL;
    c->letters = NULL;
}
