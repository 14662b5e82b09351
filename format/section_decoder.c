/* From payloads to a world. A stream may be hostile: nothing is taken that the rule could not have
   made. */
#include "format/section_decoder.h"

#include "common/err.h"
#include "common/number.h"
#include "format/pack.h"
#include "format/record_reader.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Decompresses a plane of so many numbers for each marked cell, as far as the wanted ones go, and
   counts the marked cells. */
static int marked_cells(struct reader *r, size_t numbers, size_t wanted, size_t *marked) {
    struct source *s = r->source;
    size_t cells = r->world.cells, bitmap = bitmap_bytes(cells), n = 0;
    if (s->payload_size < bitmap)
        return fail_in(r, "payload of %zu bytes, less than its bitmap of %zu", s->payload_size,
                       bitmap);
    if (source_payload(r, bitmap + (s->payload_size - bitmap) / numbers * wanted) < 0)
        return -1;
    for (size_t i = 0; i < bitmap; i++)
        n += (size_t)__builtin_popcount(s->payload[i]);
    if (cells % 8 && s->payload[bitmap - 1] >> cells % 8)
        return fail_in(r, "its bitmap marks cells beyond the last, %zu", cells - 1);
    if (s->payload_size != bitmap + 4 * numbers * n)
        return fail_in(r, "payload of %zu bytes, %zu expected for %zu marked cells",
                       s->payload_size, bitmap + 4 * numbers * n, n);
    *marked = n;
    return 1;
}

/* Spreads count numbers of 4 bytes, as planes at from, over the marked cells of to. */
static void spread(struct reader *r, const uint8_t *from, size_t count, void *to) {
    const uint8_t *mark = r->source->payload;
    uint32_t *cell = to;
    size_t n = 0;
    if (count == r->world.cells) {
        get_planes32(from, to, count);
        return;
    }
    for (size_t i = 0; n < count; i += 8)
        for (unsigned bits = mark[i / 8]; bits; bits &= bits - 1, n++) {
            uint32_t value = (uint32_t)from[n] << 24 | (uint32_t)from[n + count] << 16 |
                             (uint32_t)from[n + 2 * count] << 8 | from[n + 3 * count];
            memcpy(cell + i + (unsigned)__builtin_ctz(bits), &value, 4);
        }
}

/* Makes a plane of uint32 from the one before; step is what a value that is not 0 is expected to
   grow by. A plane gets its memory when a record for it is there, not when HEAD promises one. */
static int take_plane(struct reader *r, uint32_t **plane, uint32_t step) {
    size_t cells = r->world.cells, marked = 0;
    if (marked_cells(r, 1, 1, &marked) < 0)
        return -1;
    if (!*plane)
        *plane = allocate(cells, sizeof **plane, "plane");
    else if (r->source->base_empty)
        memset(*plane, 0, cells * sizeof **plane);
    for (size_t i = 0; step && i < cells; i++)
        (*plane)[i] += (*plane)[i] ? step : 0;
    spread(r, r->source->payload + bitmap_bytes(cells), marked, *plane);
    return 1;
}

/* A cell lives on or dies, and may then live again: its age is what it was and the generations
   since, or less than those. */
static int check_ages(struct reader *r) {
    struct source *s = r->source;
    const uint32_t *ages = r->world.ages;
    size_t cells = r->world.cells;
    uint64_t since = s->generation - s->ages_of;
    if (!s->ages)
        s->ages = allocate(cells, sizeof *s->ages, "plane");
    for (size_t i = 0; !s->first && i < cells; i++)
        if (ages[i] >= since && ages[i] != s->ages[i] + since)
            return fail_in(
                r, "cell %zu has age %" PRIu32 ", and had %" PRIu32 " in generation %" PRIu64, i,
                ages[i], s->ages[i], s->ages_of);
    memcpy(s->ages, ages, cells * sizeof *ages);
    s->ages_of = s->generation;
    return 1;
}

int take_ages(struct reader *r) {
    if (take_plane(r, &r->world.ages, 1) < 0)
        return -1;
    return r->source->wanted & CHECK ? check_ages(r) : 1;
}

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The genomes of a POOL, all of it: each of them once. */
static int distinct_serials(struct reader *r) {
    const struct pool *pool = &r->world.pool;
    uint64_t *serial = allocate((size_t)pool->room + 1, sizeof *serial, "pool");
    size_t n = 0;
    int result = 1;
    for (uint32_t slot = 1; slot <= pool->room; slot++)
        if (r->source->mark[slot] & LISTED)
            serial[n++] = pool->serial[slot];
    qsort(serial, n, sizeof *serial, ascending);
    for (size_t i = 1; i < n && result > 0; i++)
        if (serial[i] == serial[i - 1])
            result = fail_in(r, "its POOL has serial %" PRIu64 " twice", serial[i]);
    free(serial);
    return result;
}

/* With CHECK: what births lead to, a POOL beside them has, and nothing else. */
static int known_genomes(struct reader *r) {
    const struct source *s = r->source;
    if (!(s->wanted & CHECK && s->pooled && s->has_pool && s->with_births))
        return 1;
    for (uint32_t slot = 1; slot <= r->world.pool.room; slot++)
        if ((s->mark[slot] & (LISTED | KNOWN)) == LISTED)
            return fail_in(r, "the POOL has a genome in slot %" PRIu32 " that no birth led to",
                           slot);
    return 1;
}

int take_slots(struct reader *r) {
    struct source *s = r->source;
    struct world *world = &r->world;
    const struct pool *pool = &world->pool;
    if (take_plane(r, &world->slots, 0) < 0 || known_genomes(r) < 0)
        return -1;
    for (uint32_t slot = 0; slot <= pool->room; slot++)
        s->mark[slot] &= LISTED;
    for (size_t i = 0; i < world->cells; i++) {
        uint32_t slot = world->slots[i];
        if (slot > pool->room || (slot && !pool->serial[slot]))
            return fail_in(r, "cell %zu has slot %" PRIu32 ", where the pool has no genome", i,
                           slot);
        s->mark[slot] |= CARRIED;
    }
    for (uint32_t slot = 1; s->pooled && slot <= pool->room; slot++)
        if (s->mark[slot] == LISTED || s->mark[slot] == CARRIED)
            return fail_in(r, "slot %" PRIu32 " is %s", slot,
                           s->mark[slot] == LISTED ? "in the POOL, but no cell carries it"
                                                   : "carried, but not in the POOL");
    if (s->pooled && s->has_pool && s->with_births && s->next_serial != pool->next_serial)
        return fail_in(r, "next serial %" PRIu64 " by its POOL, %" PRIu64 " by its births",
                       pool->next_serial, s->next_serial);
    return s->pooled ? distinct_serials(r) : 1;
}

/* Makes room in the pool, and in the marks. */
static void reserve(struct reader *r, uint32_t slot) {
    struct source *s = r->source;
    struct pool *pool = &r->world.pool;
    pool_reserve(pool, slot);
    if (s->mark_room <= pool->room) {
        s->mark = reallocate(s->mark, (size_t)pool->room + 1, 1, "reader");
        memset(s->mark + s->mark_room, 0, (size_t)pool->room + 1 - s->mark_room);
        s->mark_room = (size_t)pool->room + 1;
    }
}

void free_slots(struct reader *r) {
    struct source *s = r->source;
    struct pool *pool = &r->world.pool;
    reserve(r, 0);
    for (uint32_t slot = 1; slot <= pool->room; slot++) {
        if (!s->has_pool || !(s->mark[slot] & CARRIED))
            pool->serial[slot] = 0;
        s->mark[slot] &= CARRIED;
    }
    s->next_serial = pool->next_serial;
    s->with_births = false;
}

int take_state(struct reader *r) {
    struct world *world = &r->world;
    size_t cells = world->cells, bitmap = bitmap_bytes(cells), L = world->model.channels;
    size_t channels = r->source->wanted & STATE ? L : 1, marked = 0;
    if (marked_cells(r, L, channels, &marked) < 0)
        return -1;
    if (!world->state)
        world->state = allocate(cells, channels * sizeof *world->state, "plane");
    else if (marked < cells)
        memset(world->state, 0, channels * cells * sizeof *world->state);
    for (size_t c = 0; c < channels; c++) {
        float *channel = world->state + c * cells, least = c ? -1.0f : 0.0f;
        spread(r, r->source->payload + bitmap + 4 * marked * c, marked, channel);
        bool good = true; /* what the board's activations can give; a NaN compares false */
        for (size_t i = 0; i < cells; i++)
            good &= channel[i] >= least && channel[i] <= 1.0f;
        for (size_t i = 0; !good && i < cells; i++)
            if (!(channel[i] >= least && channel[i] <= 1.0f))
                return fail_in(r, "cell %zu has %s in channel %zu, not from %g to 1", i,
                               float_text((char[32]){0}, channel[i]), c, (double)least);
    }
    return 1;
}

/* Whether all parameters are numbers; what is not could never come from the rule. */
static bool finite_all(const float *parameters, size_t count) {
    bool good = true;
    for (size_t i = 0; i < count; i++)
        good &= parameters[i] - parameters[i] == 0.0f;
    return good;
}

/* Whether this genome is the one in its slot. */
static bool same_genome(const struct pool *pool, uint32_t slot, uint64_t serial, uint64_t parent,
                        const float *genome) {
    return slot <= pool->room && pool->serial[slot] == serial && pool->parent[slot] == parent &&
           !memcmp(pool_genome(pool, slot), genome, pool->genome * sizeof *genome);
}

int take_pool(struct reader *r) {
    struct source *s = r->source;
    struct pool *pool = &r->world.pool;
    size_t P = pool->genome;
    if (source_payload(r, s->payload_size) < 0)
        return -1;
    uint64_t n = s->payload_size < 16 ? UINT64_MAX : get64(s->payload);
    if (n > genomes_per_record(P) || s->payload_size != 16 + n * (20 + 4 * P))
        return fail_in(r, "payload of %zu bytes does not fit its count of genomes",
                       s->payload_size);
    uint64_t next_serial = get64(s->payload + 8);
    if (s->pooled ? next_serial != pool->next_serial : s->has_pool && next_serial < s->next_serial)
        return fail_in(r, "next serial %" PRIu64 " after %" PRIu64, next_serial, pool->next_serial);
    s->pool_slot = s->pooled ? s->pool_slot : 0;
    pool->next_serial = next_serial;
    const uint8_t *slots = s->payload + 16, *serials = slots + 4 * n, *parents = serials + 8 * n;
    size_t numbers = n * P;
    uint32_t *slot = allocate(n, sizeof *slot, "pool");
    uint64_t *serial = allocate(n, 2 * sizeof *serial, "pool"), *parent = serial + n;
    float *parameters = allocate(numbers, sizeof *parameters, "pool");
    get_planes32(slots, slot, n);
    get_planes64(serials, serial, n);
    get_planes64(parents, parent, n);
    get_planes32(parents + 8 * n, parameters, numbers);
    int result = finite_all(parameters, numbers) ? 1 : fail_in(r, "a parameter is not finite");
    for (uint64_t i = 0; i < n && result > 0; i++) {
        bool old = s->wanted & CHECK && s->has_pool && serial[i] < s->next_serial;
        if (slot[i] <= s->pool_slot || slot[i] > r->world.cells)
            result =
                fail_in(r, "slot %" PRIu32 " of genome %" PRIu64 " not from %" PRIu32 " to %zu",
                        slot[i], i, s->pool_slot + 1, r->world.cells);
        else if (!serial[i] || serial[i] >= pool->next_serial || parent[i] >= serial[i])
            result = fail_in(r,
                             "genome %" PRIu64 " has serial %" PRIu64 ", parent %" PRIu64
                             ", next serial %" PRIu64,
                             i, serial[i], parent[i], pool->next_serial);
        else if (old && !same_genome(pool, slot[i], serial[i], parent[i], parameters + i * P))
            result = fail_in(
                r, "genome %" PRIu64 ", serial %" PRIu64 ", is not what slot %" PRIu32 " has held",
                i, serial[i], slot[i]);
        else {
            reserve(r, slot[i]);
            s->mark[slot[i]] |= old ? LISTED | KNOWN : LISTED;
            pool->serial[slot[i]] = serial[i];
            pool->parent[slot[i]] = parent[i];
            memcpy(pool_genome(pool, slot[i]), parameters + i * P, P * sizeof *parameters);
            s->pool_slot = slot[i];
        }
    }
    free(slot);
    free(serial);
    free(parameters);
    s->pooled = true;
    return result;
}

int take_births(struct reader *r) {
    struct source *s = r->source;
    struct world *world = &r->world;
    struct pool *pool = &world->pool;
    size_t P = pool->genome, bitmap = bitmap_bytes(P);
    if (!s->has_pool) /* a reader that starts here has them in the POOL before */
        return 1;
    if (source_payload(r, s->payload_size) < 0)
        return -1;
    uint64_t n = s->payload_size < 16 ? UINT64_MAX : get64(s->payload), values = 0;
    if (n > genomes_per_record(P) || s->payload_size < 16 + n * (8 + bitmap))
        return fail_in(r, "payload of %zu bytes does not fit its count of births", s->payload_size);
    uint64_t serial = get64(s->payload + 8);
    const uint8_t *slots = s->payload + 16, *parents = slots + 4 * n, *marks = parents + 4 * n;
    for (uint64_t i = 0; i < n * bitmap; i++)
        values += (uint64_t)__builtin_popcount(marks[i]);
    for (uint64_t i = 0; P % 8 && i < n; i++)
        if (marks[(i + 1) * bitmap - 1] >> P % 8)
            return fail_in(r, "birth %" PRIu64 " changes parameters beyond the last, %zu", i,
                           P - 1);
    if (s->payload_size != 16 + n * (8 + bitmap) + 4 * values)
        return fail_in(r, "payload of %zu bytes does not fit its %" PRIu64 " new values",
                       s->payload_size, values);
    if (n > world->cells - world->births.count)
        return fail_in(r, "%" PRIu64 " births, more than the %zu cells", world->births.count + n,
                       world->cells);
    if (serial != s->next_serial)
        return fail_in(r, "first serial %" PRIu64 ", %" PRIu64 " expected", serial, s->next_serial);
    uint32_t *slot = allocate(n, 2 * sizeof *slot, "births"), *parent = slot + n;
    float *value = allocate(values, sizeof *value, "births"), *next = value;
    float *twin = allocate(P, sizeof *twin, "births"); /* of one that stands in the POOL, too */
    get_planes32(slots, slot, n);
    get_planes32(parents, parent, n);
    get_planes32(marks + n * bitmap, value, values);
    int result = finite_all(value, values) ? 1 : fail_in(r, "a parameter is not finite");
    for (uint64_t i = 0; i < n && result > 0; i++) {
        if (slot[i] <= s->birth_slot || slot[i] > world->cells)
            result = fail_in(r, "slot %" PRIu32 " of birth %" PRIu64 " not from %" PRIu32 " to %zu",
                             slot[i], i, s->birth_slot + 1, world->cells);
        else if (parent[i] && (parent[i] > pool->room || !pool->serial[parent[i]]))
            result = fail_in(r, "parent slot %" PRIu32 " of birth %" PRIu64 " holds no genome",
                             parent[i], i);
        else if (parent[i] == slot[i])
            result = fail_in(r, "birth %" PRIu64 " is its own parent, slot %" PRIu32, i, slot[i]);
        else if (slot[i] < s->mark_room && s->mark[slot[i]] & CARRIED &&
                 s->generation == s->last + 1)
            result = fail_in(r,
                             "slot %" PRIu32 " of birth %" PRIu64
                             " is not free: a cell had it in generation %" PRIu64,
                             slot[i], i, s->last);
        if (result < 0)
            break;
        reserve(r, slot[i]);
        bool listed = s->pooled && s->mark[slot[i]] & LISTED;
        float *genome = listed ? twin : pool_genome(pool, slot[i]);
        memcpy(genome, pool_genome(pool, parent[i]), P * sizeof *genome);
        const uint8_t *mark = marks + i * bitmap;
        for (size_t b = 0; b < bitmap; b++)
            for (unsigned bits = mark[b]; bits; bits &= bits - 1)
                genome[8 * b + (unsigned)__builtin_ctz(bits)] = *next++;
        if (listed && !same_genome(pool, slot[i], serial + i, pool->serial[parent[i]], genome)) {
            result = fail_in(r,
                             "birth %" PRIu64 " is not the genome that the POOL has in slot "
                             "%" PRIu32,
                             i, slot[i]);
            break;
        }
        s->mark[slot[i]] |= listed ? KNOWN : 0;
        s->birth_slot = slot[i];
        pool->parent[slot[i]] = pool->serial[parent[i]];
        pool->serial[slot[i]] = serial + i;
        births_add(&world->births, slot[i], parent[i]);
    }
    s->next_serial += n;
    s->with_births = true;
    if (!s->pooled)
        pool->next_serial = s->next_serial;
    free(slot);
    free(value);
    free(twin);
    return result;
}
