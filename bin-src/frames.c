/* SPDX-License-Identifier: MIT */
#include "bin-src/frames.h"

#include "bin-src/page.h"
#include "common/err.h"
#include "common/number.h"

#include <stdlib.h>
#include <string.h>

const char *const frame_sections[FRAME_SECTIONS] = {"state", "ages", "genotypes"};

/* A generation that others are packed against. What it lacks is NULL. */
struct raw {
    uint64_t generation;
    uint8_t *state;            /* [planes][N] */
    uint32_t *ages, *genotype; /* [N] */
};

enum { ALWAYS = FRAME_LEVELS - 1 }; /* the level of the first and the last */

static size_t planes(const struct frames *f) {
    return f->model->channels * (f->exact ? sizeof(float) : 1);
}

/* Alpha in 255 steps, 0 only where it is 0: that is, in dead cells. Hidden channels of a tanh board
   in 127 steps to either side of 0, which is 128. A reader has checked that none is beyond 1 or -1.
   No branches: several cells at a time. */
static void round_channel(uint8_t *restrict to, const float *restrict from, size_t cells,
                          bool alpha, bool tanh) {
    const float steps = tanh ? 127.0f : 255.0f;
    const int32_t least = tanh ? -127 : 0, zero = tanh ? 128 : 0, dim = alpha;
    for (size_t i = 0; i < cells; i++) {
        int32_t step = round_small(from[i] * steps);
        step = step > least ? step : least;
        to[i] = (uint8_t)(step + zero + (dim & (step == 0) & (from[i] != 0.0f)));
    }
}

static uint8_t *take_state(const struct frames *f, const struct world *world) {
    size_t cells = world->cells, bytes = f->exact ? sizeof(float) : 1;
    uint8_t *to = reallocate(NULL, planes(f), cells, "page");
    for (uint32_t c = 0; c < world->model.channels; c++) {
        const float *from = world->state + c * cells;
        uint8_t *channel = to + c * bytes * cells;
        if (!f->exact) {
            round_channel(channel, from, cells, c == 0, c && world->model.activation == TANH);
            continue;
        }
        for (size_t i = 0; i < cells; i++) {
            uint32_t bits;
            memcpy(&bits, &from[i], sizeof bits);
            for (size_t byte = 0; byte < bytes; byte++)
                channel[byte * cells + i] = (uint8_t)(bits >> 8 * byte);
        }
    }
    return to;
}

static void *copy(const void *from, size_t cells) {
    return from ? memcpy(reallocate(NULL, cells, 4, "page"), from, cells * 4) : NULL;
}

static struct raw *take(const struct frames *f, const struct world *world,
                        const uint32_t *genotype) {
    struct raw *raw = allocate(1, sizeof *raw, "page");
    raw->generation = world->generation;
    raw->state = world->state ? take_state(f, world) : NULL;
    raw->ages = copy(world->ages, world->cells);
    raw->genotype = copy(genotype, world->cells);
    return raw;
}

static void free_raw(struct raw *raw) {
    if (!raw)
        return;
    free(raw->state);
    free(raw->ages);
    free(raw->genotype);
    free(raw);
}

static void pack_state(struct bytes *to, const struct frames *f, const struct raw *now,
                       const struct raw *before, size_t cells) {
    for (size_t p = 0; p < planes(f); p++)
        bytes_plane(to, now->state + p * cells, before ? before->state + p * cells : NULL, cells);
}

/* An age that is as expected becomes 0: a cell that lives is older by the generations between.
   Smaller ones make room for that. No branches, as above. */
static void code_ages(uint32_t *restrict code, const uint32_t *restrict ages,
                      const uint32_t *restrict before, uint32_t later, size_t cells) {
    for (size_t i = 0; i < cells; i++) {
        uint32_t was = before ? before[i] : 0, expected = was + (was ? later : 0), age = ages[i];
        code[i] = age == expected ? 0 : age + (age < expected);
    }
}

static void pack_ages(struct bytes *to, const struct raw *now, const struct raw *before,
                      size_t cells) {
    uint32_t *code = reallocate(NULL, cells, sizeof *code, "page");
    uint32_t later = before ? (uint32_t)(now->generation - before->generation) : 0;
    code_ages(code, now->ages, before ? before->ages : NULL, later, cells);
    bytes_column(to, code, cells);
    free(code);
}

/* What became of a cell's genotype; from FROM_BEFORE on: that of a cell around it before; from
   FROM_NOW on: that of one that comes earlier now. */
enum { SAME, EMPTY, FROM_BEFORE, FROM_NOW = 10, NEXT_NEW = 14, LISTED };

/* Which of 8 cells around cell i had this genotype before, the first of them; 8: none. All are
   compared, as no processor can predict which one it is. */
static unsigned around_before(const uint32_t *before, size_t i, const size_t around[8],
                              size_t cells, uint32_t genotype) {
    unsigned found = 1 << 8;
    for (int m = 0; m < 8; m++) {
        size_t at = i + around[m];
        at -= at < cells ? 0 : cells;
        found |= (unsigned)(before[at] == genotype) << m;
    }
    return (unsigned)__builtin_ctz(found);
}

/* Codes cells that are as before or empty; of the others, it returns how many and lists which. No
   branches. */
static size_t code_unmoved(uint8_t *restrict code, uint32_t *restrict moved,
                           const uint32_t *restrict now, const uint32_t *restrict before,
                           size_t cells) {
    size_t count = 0;
    for (size_t i = 0; i < cells; i++) {
        bool differs = now[i] != (before ? before[i] : 0);
        code[i] = differs ? EMPTY : SAME;
        moved[count] = (uint32_t)i;
        count += differs & (now[i] != 0);
    }
    return count;
}

/* The code of a genotype that is not the one before, nor a new one. */
static uint8_t moved_code(const uint32_t *now, const uint32_t *before, size_t i,
                          const size_t around[8], size_t cells, size_t width) {
    const size_t back[] = {1, width, width + 1, width - 1};
    unsigned m = before ? around_before(before, i, around, cells, now[i]) : 8;
    if (m < 8)
        return (uint8_t)(FROM_BEFORE + m);
    for (m = 0; m < 4; m++)
        if (back[m] && back[m] <= i && now[i - back[m]] == now[i])
            return (uint8_t)(FROM_NOW + m);
    return LISTED;
}

static void pack_genotypes(struct bytes *to, const struct frames *f, const struct raw *raw,
                           const struct raw *raw_before, uint32_t fresh, size_t cells) {
    const uint32_t *now = raw->genotype, *before = raw_before ? raw_before->genotype : NULL;
    uint32_t *listed = reallocate(NULL, cells, sizeof *listed, "page"), last = fresh;
    uint32_t *moved = reallocate(NULL, cells, sizeof *moved, "page");
    size_t width = f->model->width, count = 0;
    size_t around[] = {2 * cells - width - 1,
                       cells - width,
                       cells - width + 1,
                       cells - 1,
                       1,
                       width - 1,
                       width,
                       width + 1};
    for (int m = 0; m < 8; m++)
        around[m] %= cells; /* of one row or column, some are the cell itself */
    bytes_column(to, &fresh, 1);
    uint8_t *code = bytes_add(to, cells);
    size_t others = code_unmoved(code, moved, now, before, cells);
    for (size_t m = 0; m < others; m++) {
        size_t i = moved[m];
        if (now[i] == fresh) {
            code[i] = NEXT_NEW;
            fresh++;
        } else if ((code[i] = moved_code(now, before, i, around, cells, width)) == LISTED) {
            listed[count++] = zigzag(now[i] - last); /* its distance from the one listed before */
            last = now[i];
        }
    }
    bytes_column(to, listed, count);
    free(listed);
    free(moved);
}

/* The packings of one generation, each of one section. */
struct packing {
    const struct frames *frames;
    const struct raw *now;
    uint32_t fresh;
    size_t cells, count;
    struct {
        enum frame_section section;
        const struct raw *before;
        struct bytes *to;
    } part[(FRAME_PACKINGS + 1) * FRAME_SECTIONS];
};

static void pack(void *context, unsigned chunk, unsigned worker) {
    struct packing *p = context;
    struct bytes *to = p->part[chunk].to;
    const struct raw *before = p->part[chunk].before;
    (void)worker;
    switch (p->part[chunk].section) {
    case FRAME_STATE:
        pack_state(to, p->frames, p->now, before, p->cells);
        break;
    case FRAME_AGES:
        pack_ages(to, p->now, before, p->cells);
        break;
    default:
        pack_genotypes(to, p->frames, p->now, before, p->fresh, p->cells);
    }
    bytes_deflate(to);
}

static void add_packing(struct packing *p, struct bytes to[FRAME_SECTIONS],
                        const struct raw *before) {
    const void *const has[] = {p->now->state, p->now->ages, p->now->genotype};
    for (int s = 0; s < FRAME_SECTIONS; s++)
        if (has[s]) {
            p->part[p->count].section = (enum frame_section)s;
            p->part[p->count].before = before;
            p->part[p->count++].to = &to[s];
        }
}

/* From now on, later generations of these levels are packed against this one. */
static void put_before(struct frames *f, struct raw *raw, unsigned level) {
    for (unsigned l = 0; l <= level; l++) {
        struct raw *above = l + 1 < FRAME_LEVELS ? f->before[l + 1] : NULL;
        if (f->before[l] != above)
            free_raw(f->before[l]);
        f->before[l] = raw;
    }
}

unsigned frames_level(uint64_t number) {
    unsigned level = 0;
    while (number && !(number >> level & 1))
        level++;
    return number ? level : ALWAYS;
}

bool frame_is_key(const struct frames *f, size_t i) {
    return f->frame[i].level >= f->level + FRAME_PACKINGS;
}

const struct bytes *frame_bytes(const struct frames *f, size_t i, enum frame_section section) {
    const struct frame *frame = &f->frame[i];
    return frame_is_key(f, i) ? &frame->key[section]
                              : &frame->after[frame->level - f->level][section];
}

static size_t frame_size(const struct frames *f, size_t i) {
    size_t size = 0;
    for (int s = 0; s < FRAME_SECTIONS; s++) {
        const struct bytes *bytes = frame_bytes(f, i, (enum frame_section)s);
        size += bytes->count ? base64_length(bytes->count) + PAGE_BLOCK : 0;
    }
    return size;
}

void frames_add(struct frames *f, const struct world *world, const uint32_t *number, uint32_t fresh,
                uint64_t frame_number, bool last) {
    f->frame = grow(f->frame, &f->capacity, f->count + 1, sizeof *f->frame, "page");
    struct frame *frame = &f->frame[f->count];
    unsigned level = last ? ALWAYS : frames_level(frame_number);
    *frame = (struct frame){.generation = world->generation, .level = level};
    struct raw *raw = take(f, world, number);
    struct packing p = {.frames = f, .now = raw, .fresh = fresh, .cells = world->cells};
    if (frame_is_key(f, f->count))
        add_packing(&p, frame->key, NULL);
    for (unsigned i = 0; level < ALWAYS && i < FRAME_PACKINGS && level >= f->level + i; i++)
        add_packing(&p, frame->after[i], f->before[level - i]);
    thread_pool_run(f->workers, pack, &p, (unsigned)p.count);
    f->size += frame_size(f, f->count++);
    put_before(f, raw, level);
}

static void free_packing(struct bytes bytes[FRAME_SECTIONS]) {
    for (int s = 0; s < FRAME_SECTIONS; s++) {
        free(bytes[s].at);
        bytes[s] = (struct bytes){0};
    }
}

static void free_frame(struct frame *frame) {
    free_packing(frame->key);
    for (int i = 0; i < FRAME_PACKINGS; i++)
        free_packing(frame->after[i]);
}

void frames_thin(struct frames *f) {
    size_t kept = 0;
    f->level++;
    f->size = 0;
    for (size_t i = 0; i < f->count; i++) {
        struct frame *frame = &f->frame[i];
        if (frame->level < f->level) {
            free_frame(frame);
            continue;
        }
        f->frame[kept] = *frame;
        frame = &f->frame[kept];
        for (unsigned p = frame->level - f->level + 1; p < FRAME_PACKINGS; p++)
            free_packing(frame->after[p]);
        if (!frame_is_key(f, kept))
            free_packing(frame->key);
        f->size += frame_size(f, kept++);
    }
    f->count = kept;
}

void frames_free(struct frames *f) {
    for (size_t i = 0; i < f->count; i++)
        free_frame(&f->frame[i]);
    free(f->frame);
    for (unsigned l = 0; l < FRAME_LEVELS; l++)
        if (!l || f->before[l] != f->before[l - 1])
            free_raw(f->before[l]);
}
