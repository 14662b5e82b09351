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
   in 127 steps to either side of 0, which is 128. */
static void round_channel(uint8_t *to, const float *from, size_t cells, bool alpha, bool tanh) {
    const float least = tanh ? -1.0f : 0.0f, steps = tanh ? 127.0f : 255.0f;
    for (size_t i = 0; i < cells; i++) {
        float value = from[i] > least ? from[i] : least;
        int32_t step = round_even((value < 1.0f ? value : 1.0f) * steps) + (tanh ? 128 : 0);
        to[i] = (uint8_t)(step + (alpha && !step && from[i] != 0.0f));
    }
}

static uint8_t *take_state(const struct frames *f, const struct world *world) {
    size_t cells = world->cells, bytes = f->exact ? sizeof(float) : 1;
    uint8_t *to = allocate(planes(f), cells, "page");
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
    return from ? memcpy(allocate(cells, 4, "page"), from, cells * 4) : NULL;
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
   Smaller ones make room for that. */
static void pack_ages(struct bytes *to, const struct raw *now, const struct raw *before,
                      size_t cells) {
    uint32_t *code = allocate(cells, sizeof *code, "page");
    uint32_t later = before ? (uint32_t)(now->generation - before->generation) : 0;
    for (size_t i = 0; i < cells; i++) {
        uint32_t was = before ? before->ages[i] : 0, expected = was ? was + later : 0,
                 age = now->ages[i];
        code[i] = age == expected ? 0 : age + (age < expected);
    }
    bytes_column(to, code, cells);
    free(code);
}

/* What became of a cell's genotype; from FROM_BEFORE on: that of a cell around it before; from
   FROM_NOW on: that of one that comes earlier now. */
enum { SAME, EMPTY, FROM_BEFORE, FROM_NOW = 10, NEXT_NEW = 14, LISTED };

static uint8_t genotype_code(const uint32_t *now, const uint32_t *before, size_t i, size_t cells,
                             size_t width, uint32_t *fresh) {
    const size_t back[] = {1, width, width + 1, width - 1};
    const size_t around[] = {cells - width - 1, cells - width, cells - width + 1, cells - 1, 1,
                             width - 1,         width,         width + 1};
    uint32_t genotype = now[i];
    if (genotype == (before ? before[i] : 0))
        return SAME;
    if (!genotype)
        return EMPTY;
    if (genotype == *fresh) {
        ++*fresh;
        return NEXT_NEW;
    }
    for (uint8_t m = 0; before && m < 8; m++)
        if (before[(i + around[m]) % cells] == genotype)
            return (uint8_t)(FROM_BEFORE + m);
    for (uint8_t m = 0; m < 4; m++)
        if (back[m] && back[m] <= i && now[i - back[m]] == genotype)
            return (uint8_t)(FROM_NOW + m);
    return LISTED;
}

static void pack_genotypes(struct bytes *to, const struct frames *f, const struct raw *now,
                           const struct raw *before, uint32_t fresh, size_t cells) {
    uint32_t *listed = allocate(cells, sizeof *listed, "page"), last = fresh;
    size_t count = 0, width = f->model->width;
    bytes_column(to, &fresh, 1);
    size_t codes = (size_t)(bytes_add(to, cells) - to->at);
    for (size_t i = 0; i < cells; i++) {
        uint8_t code =
            genotype_code(now->genotype, before ? before->genotype : NULL, i, cells, width, &fresh);
        to->at[codes + i] = code;
        if (code == LISTED) { /* its distance from the one listed before */
            listed[count++] = zigzag(now->genotype[i] - last);
            last = now->genotype[i];
        }
    }
    bytes_column(to, listed, count);
    free(listed);
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
