/* SPDX-License-Identifier: MIT */
#include "format/section_decoder.h"

#include "common/err.h"
#include "common/number.h"
#include "format/genome_decoder.h"
#include "format/pack.h"
#include "format/stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void section_decoder_start(struct section_decoder *d, struct record_reader *records,
                           unsigned wanted) {
    *d = (struct section_decoder){.records = records, .wanted = wanted};
}

void section_decoder_end(struct section_decoder *d) {
    free(d->marks);
    free(d->carried);
    free(d->ages);
}

/* Frees a plane, if this part has it not. */
static void *plane(void *old, bool has) {
    if (has)
        return old;
    free(old);
    return NULL;
}

/* The most bytes that the payload of each section can have in this geometry. */
static void set_limits(struct record_reader *records, const struct world *world) {
    uint64_t cells = world->cells, bitmap = bitmap_bytes(world->cells);
    uint64_t P = world->pool.genome, n = genomes_per_record(P);
    n = n < cells ? n : cells;
    record_reader_limit(records,
                        (uint64_t[TAGS]){[TAG_POOL] = 16 + n * (20 + 4 * P),
                                         [TAG_GENE] = 16 + n * (8 + bitmap_bytes(P) + 4 * P),
                                         [TAG_GIDS] = bitmap + 4 * cells,
                                         [TAG_AGES] = bitmap + 4 * cells,
                                         [TAG_STAT] = bitmap + 4 * cells * world->model.channels});
}

void section_begin_part(struct section_decoder *d, struct world *world, const struct model *model,
                        unsigned sections) {
    d->sections = sections & sections_needed(d->wanted);
    d->follows = false;
    world->model = *model;
    world->cells = model_cells(model);
    world->pool.genome = genome_size(model->channels);
    world->state = plane(world->state, d->sections & STATE);
    world->ages = plane(world->ages, d->sections & AGES);
    world->slots = plane(world->slots, d->sections & GENOMES);
    set_limits(d->records, world);
}

void section_forget(struct section_decoder *d) {
    d->follows = false;
}

/* Decompresses a plane of so many numbers for each marked cell, as far as the wanted ones go, and
   counts the marked cells. */
static bool marked_cells(struct section_decoder *d, const struct record *record, size_t cells,
                         size_t numbers, size_t wanted, size_t *marked) {
    size_t size = record->payload_size, bitmap = bitmap_bytes(cells), n = 0;
    if (size < bitmap)
        return fail_section(d->records, "payload of %zu bytes, less than its bitmap of %zu", size,
                            bitmap);
    if (!record_payload(d->records, bitmap + (size - bitmap) / numbers * wanted))
        return false;
    n = count_bits(record->payload, bitmap);
    if (cells % 8 && record->payload[bitmap - 1] >> cells % 8)
        return fail_section(d->records, "its bitmap marks cells beyond the last, %zu", cells - 1);
    if (size != bitmap + 4 * numbers * n)
        return fail_section(d->records, "payload of %zu bytes, %zu expected for %zu marked cells",
                            size, bitmap + 4 * numbers * n, n);
    *marked = n;
    return true;
}

/* Spreads count numbers of 4 bytes, as planes at from, over the cells of to that bitmap marks. */
static void spread(const uint8_t *bitmap, const uint8_t *from, size_t count, void *to,
                   size_t cells) {
    uint32_t *cell = to;
    size_t n = 0;
    if (count == cells) {
        get_planes32(from, to, count);
        return;
    }
    for (size_t i = 0; n < count; i += 8)
        for (unsigned bits = bitmap[i / 8]; bits; bits &= bits - 1, n++) {
            uint32_t value = (uint32_t)from[n] << 24 | (uint32_t)from[n + count] << 16 |
                             (uint32_t)from[n + 2 * count] << 8 | from[n + 3 * count];
            memcpy(cell + i + (unsigned)__builtin_ctz(bits), &value, 4);
        }
}

/* Makes a plane of uint32 from the one before; step is what a value that is not 0 is expected to
   grow by. A plane gets its memory when a record for it is there, not when HEAD promises one. */
static bool decode_plane(struct section_decoder *d, const struct record *record, size_t cells,
                         uint32_t **plane, uint32_t step) {
    size_t marked = 0;
    if (!marked_cells(d, record, cells, 1, 1, &marked))
        return false;
    if (!*plane)
        *plane = allocate(cells, sizeof **plane, "plane");
    else if (!section_is_difference(d))
        memset(*plane, 0, cells * sizeof **plane);
    for (size_t i = 0; step && i < cells; i++)
        (*plane)[i] += (*plane)[i] ? step : 0;
    spread(record->payload, record->payload + bitmap_bytes(cells), marked, *plane, cells);
    return true;
}

/* A cell lives on or dies, and may then live again: its age is what it was and the generations
   since, or less than those. */
static bool check_ages(struct section_decoder *d, const struct world *world, uint64_t generation) {
    const uint32_t *ages = world->ages;
    uint64_t since = generation - d->last;
    if (!d->ages)
        d->ages = allocate(world->cells, sizeof *d->ages, "plane");
    for (size_t i = 0; d->follows && i < world->cells; i++)
        if (ages[i] >= since && ages[i] != d->ages[i] + since)
            return fail_section(d->records,
                                "cell %zu has age %" PRIu32 ", and had %" PRIu32
                                " in generation %" PRIu64,
                                i, ages[i], d->ages[i], d->last);
    memcpy(d->ages, ages, world->cells * sizeof *ages);
    return true;
}

static bool decode_ages(struct section_decoder *d, struct world *world,
                        const struct record *record) {
    if (!decode_plane(d, record, world->cells, &world->ages, 1))
        return false;
    return !(d->wanted & WANT_CHECK) || check_ages(d, world, record->generation);
}

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The genomes of a POOL, all of it: each of them once. */
static bool distinct_serials(struct section_decoder *d, const struct pool *pool) {
    uint64_t *serial = allocate((size_t)pool->capacity + 1, sizeof *serial, "pool");
    size_t n = 0;
    bool good = true;
    for (uint32_t slot = 1; slot <= pool->capacity; slot++)
        if (d->marks[slot] & LISTED)
            serial[n++] = pool->serial[slot];
    qsort(serial, n, sizeof *serial, ascending);
    for (size_t i = 1; i < n && good; i++)
        if (serial[i] == serial[i - 1])
            good = fail_section(d->records, "its POOL has serial %" PRIu64 " twice", serial[i]);
    free(serial);
    return good;
}

/* Whether births and a POOL beside them lead to the same. */
static bool both_agree(const struct section_decoder *d) {
    return d->pooled && d->follows && d->with_births;
}

/* With WANT_CHECK: what births lead to, a POOL beside them has, and nothing else. */
static bool known_genomes(struct section_decoder *d, const struct pool *pool) {
    if (!(d->wanted & WANT_CHECK && both_agree(d)))
        return true;
    for (uint32_t slot = 1; slot <= pool->capacity; slot++)
        if ((d->marks[slot] & (LISTED | KNOWN)) == LISTED)
            return fail_section(
                d->records, "the POOL has a genome in slot %" PRIu32 " that no birth led to", slot);
    return true;
}

/* The first cell whose slot has no genome. */
static bool fail_slots(struct section_decoder *d, const struct world *world) {
    const struct pool *pool = &world->pool;
    size_t i = 0;
    while (world->slots[i] <= pool->capacity && (!world->slots[i] || pool->serial[world->slots[i]]))
        i++;
    return fail_section(d->records, "cell %zu has slot %" PRIu32 ", where the pool has no genome",
                        i, world->slots[i]);
}

static bool decode_slots(struct section_decoder *d, struct world *world,
                         const struct record *record) {
    const struct pool *pool = &world->pool;
    uint8_t *marks = d->marks, *carried = d->carried;
    uint32_t capacity = pool->capacity;
    if (!decode_plane(d, record, world->cells, &world->slots, 0) || !known_genomes(d, pool))
        return false;
    const uint32_t *slots = world->slots;
    memset(carried, 0, (size_t)capacity + 1);
    for (size_t i = 0, cells = world->cells; i < cells; i++) {
        if (slots[i] > capacity)
            return fail_slots(d, world);
        carried[slots[i]] = CARRIED; /* stores alone: most cells may have one slot */
    }
    marks[0] = carried[0];
    for (uint32_t slot = 1; slot <= capacity; slot++) {
        if (carried[slot] && !pool->serial[slot])
            return fail_slots(d, world);
        marks[slot] = (marks[slot] & LISTED) | carried[slot];
    }
    for (uint32_t slot = 1; d->pooled && slot <= pool->capacity; slot++)
        if (marks[slot] == LISTED || marks[slot] == CARRIED)
            return fail_section(d->records, "slot %" PRIu32 " is %s", slot,
                                marks[slot] == LISTED ? "in the POOL, but no cell carries it"
                                                      : "carried, but not in the POOL");
    if (both_agree(d) && d->next_serial != pool->next_serial)
        return fail_section(d->records,
                            "next serial %" PRIu64 " by its POOL, %" PRIu64 " by its births",
                            pool->next_serial, d->next_serial);
    return !d->pooled || distinct_serials(d, pool);
}

void section_begin_generation(struct section_decoder *d, struct world *world) {
    struct pool *pool = &world->pool;
    d->pooled = false;
    section_begin_births(d, world);
    if (!(d->sections & GENOMES))
        return;
    reserve_slot(d, pool, 0);
    for (uint32_t slot = 1; slot <= pool->capacity; slot++) {
        if (!d->follows || !(d->marks[slot] & CARRIED))
            pool->serial[slot] = 0;
        d->marks[slot] &= CARRIED;
    }
    d->next_serial = pool->next_serial;
    d->with_births = false;
}

void section_begin_births(struct section_decoder *d, struct world *world) {
    d->birth_slot = 0;
    world->births.count = 0;
}

void section_end_generation(struct section_decoder *d, uint64_t generation) {
    d->follows = true;
    d->last = generation;
}

/* Whether these are what the board's activations can give; a NaN is not. Compares bits, of several
   numbers at a time. */
static bool in_range(const float *channel, size_t cells, bool alpha) {
    const int32_t one = 0x3f800000;
    int32_t beyond = 0, negative = 0;
    for (size_t i = 0; i < cells; i++) {
        int32_t bits, size;
        memcpy(&bits, &channel[i], sizeof bits);
        size = bits & INT32_MAX;
        beyond |= size > one;
        negative |= (bits < 0) & (size > 0);
    }
    return !beyond && !(alpha && negative);
}

static bool decode_state(struct section_decoder *d, struct world *world,
                         const struct record *record) {
    size_t cells = world->cells, bitmap = bitmap_bytes(cells), L = world->model.channels;
    size_t channels = d->wanted & STATE ? L : 1, marked = 0;
    if (!marked_cells(d, record, cells, L, channels, &marked))
        return false;
    if (!world->state)
        world->state = allocate(cells, channels * sizeof *world->state, "plane");
    else if (marked < cells)
        memset(world->state, 0, channels * cells * sizeof *world->state);
    for (size_t c = 0; c < channels; c++) {
        float *channel = world->state + c * cells, min = c ? -1.0f : 0.0f;
        spread(record->payload, record->payload + bitmap + 4 * marked * c, marked, channel, cells);
        bool good = in_range(channel, cells, c == 0);
        for (size_t i = 0; !good && i < cells; i++)
            if (!(channel[i] >= min && channel[i] <= 1.0f))
                return fail_section(d->records, "cell %zu has %s in channel %zu, not from %g to 1",
                                    i, float_text((char[32]){0}, channel[i]), c, (double)min);
    }
    return true;
}

bool section_decode(struct section_decoder *d, struct world *world, const struct record *record) {
    bool genomes = d->sections & GENOMES, good = true;
    if (genomes && record->tag == TAG_POOL)
        good = decode_pool(d, world, record);
    else if (genomes && record->tag == TAG_GENE)
        good = decode_births(d, world, record);
    else if (genomes && record->tag == TAG_GIDS)
        good = decode_slots(d, world, record);
    else if (d->sections & AGES && record->tag == TAG_AGES)
        good = decode_ages(d, world, record);
    else if (d->sections & STATE && record->tag == TAG_STAT)
        good = decode_state(d, world, record);
    d->pooled |= record->tag == TAG_POOL;
    return good;
}
