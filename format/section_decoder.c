#include "format/section_decoder.h"

#include "common/err.h"
#include "common/number.h"
#include "format/pack.h"
#include "format/stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Marks of slots: in this generation's POOL; carried by a cell when the last one ended; with
   WANT_CHECK, in the POOL the genome that was carried before or is born. */
enum { LISTED = 1, CARRIED = 2, KNOWN = 4 };

void section_decoder_start(struct section_decoder *d, struct record_reader *records,
                           unsigned wanted) {
    *d = (struct section_decoder){.records = records, .wanted = wanted};
}

void section_decoder_end(struct section_decoder *d) {
    free(d->marks);
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
    d->sections = sections & (d->wanted & WANT_ALPHA ? d->wanted | STATE : d->wanted);
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
    for (size_t i = 0; i < bitmap; i++)
        n += (size_t)__builtin_popcount(record->payload[i]);
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

static bool decode_slots(struct section_decoder *d, struct world *world,
                         const struct record *record) {
    const struct pool *pool = &world->pool;
    uint8_t *marks = d->marks;
    if (!decode_plane(d, record, world->cells, &world->slots, 0) || !known_genomes(d, pool))
        return false;
    for (uint32_t slot = 0; slot <= pool->capacity; slot++)
        marks[slot] &= LISTED;
    for (size_t i = 0; i < world->cells; i++) {
        uint32_t slot = world->slots[i];
        if (slot > pool->capacity || (slot && !pool->serial[slot]))
            return fail_section(
                d->records, "cell %zu has slot %" PRIu32 ", where the pool has no genome", i, slot);
        marks[slot] |= CARRIED;
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

/* Makes sure that the pool and the marks have this slot. */
static void reserve(struct section_decoder *d, struct pool *pool, uint32_t slot) {
    pool_reserve(pool, slot);
    if (d->mark_capacity <= pool->capacity) {
        d->marks = reallocate(d->marks, (size_t)pool->capacity + 1, 1, "reader");
        memset(d->marks + d->mark_capacity, 0, (size_t)pool->capacity + 1 - d->mark_capacity);
        d->mark_capacity = (size_t)pool->capacity + 1;
    }
}

void section_begin_generation(struct section_decoder *d, struct world *world) {
    struct pool *pool = &world->pool;
    d->pooled = false;
    section_begin_births(d, world);
    if (!(d->sections & GENOMES))
        return;
    reserve(d, pool, 0);
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
        bool good = true; /* what the board's activations can give; a NaN compares false */
        for (size_t i = 0; i < cells; i++)
            good &= channel[i] >= min && channel[i] <= 1.0f;
        for (size_t i = 0; !good && i < cells; i++)
            if (!(channel[i] >= min && channel[i] <= 1.0f))
                return fail_section(d->records, "cell %zu has %s in channel %zu, not from %g to 1",
                                    i, float_text((char[32]){0}, channel[i]), c, (double)min);
    }
    return true;
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
    return slot <= pool->capacity && pool->serial[slot] == serial && pool->parent[slot] == parent &&
           !memcmp(pool_genome(pool, slot), genome, pool->genome * sizeof *genome);
}

/* Genome number i of a POOL record. */
static bool enter_genome(struct section_decoder *d, struct world *world, uint64_t i, uint32_t slot,
                         uint64_t serial, uint64_t parent, const float *parameters) {
    struct pool *pool = &world->pool;
    bool old = d->wanted & WANT_CHECK && d->follows && serial < d->next_serial;
    if (slot <= d->pool_slot || slot > world->cells)
        return fail_section(d->records,
                            "slot %" PRIu32 " of genome %" PRIu64 " not from %" PRIu32 " to %zu",
                            slot, i, d->pool_slot + 1, world->cells);
    if (!serial || serial >= pool->next_serial || parent >= serial)
        return fail_section(d->records,
                            "genome %" PRIu64 " has serial %" PRIu64 ", parent %" PRIu64
                            ", next serial %" PRIu64,
                            i, serial, parent, pool->next_serial);
    if (old && !same_genome(pool, slot, serial, parent, parameters))
        return fail_section(d->records,
                            "genome %" PRIu64 ", serial %" PRIu64 ", is not what slot %" PRIu32
                            " has held",
                            i, serial, slot);
    reserve(d, pool, slot);
    d->marks[slot] |= old ? LISTED | KNOWN : LISTED;
    pool->serial[slot] = serial;
    pool->parent[slot] = parent;
    memcpy(pool_genome(pool, slot), parameters, pool->genome * sizeof *parameters);
    d->pool_slot = slot;
    return true;
}

static bool decode_pool(struct section_decoder *d, struct world *world,
                        const struct record *record) {
    struct pool *pool = &world->pool;
    size_t P = pool->genome, size = record->payload_size;
    if (!record_payload(d->records, size))
        return false;
    uint64_t n = size < 16 ? UINT64_MAX : get64(record->payload);
    if (n > genomes_per_record(P) || size != 16 + n * (20 + 4 * P))
        return fail_section(d->records, "payload of %zu bytes does not fit its count of genomes",
                            size);
    uint64_t next_serial = get64(record->payload + 8);
    if (d->pooled ? next_serial != pool->next_serial : d->follows && next_serial < d->next_serial)
        return fail_section(d->records, "next serial %" PRIu64 " after %" PRIu64, next_serial,
                            pool->next_serial);
    d->pool_slot = d->pooled ? d->pool_slot : 0;
    pool->next_serial = next_serial;
    const uint8_t *slots = record->payload + 16, *serials = slots + 4 * n,
                  *parents = serials + 8 * n;
    uint32_t *slot = allocate(n, sizeof *slot, "pool");
    uint64_t *serial = allocate(n, 2 * sizeof *serial, "pool"), *parent = serial + n;
    float *parameters = allocate(n * P, sizeof *parameters, "pool");
    get_planes32(slots, slot, n);
    get_planes64(serials, serial, n);
    get_planes64(parents, parent, n);
    get_planes32(parents + 8 * n, parameters, n * P);
    bool good =
        finite_all(parameters, n * P) || fail_section(d->records, "a parameter is not finite");
    for (uint64_t i = 0; i < n && good; i++)
        good = enter_genome(d, world, i, slot[i], serial[i], parent[i], parameters + i * P);
    free(slot);
    free(serial);
    free(parameters);
    return good;
}

/* The sizes of a GENE record, and its first serial. */
static bool check_births(struct section_decoder *d, const struct world *world,
                         const struct record *record, uint64_t *births, uint64_t *values) {
    size_t P = world->pool.genome, bitmap = bitmap_bytes(P), size = record->payload_size;
    uint64_t n = size < 16 ? UINT64_MAX : get64(record->payload), bits = 0;
    if (n > genomes_per_record(P) || size < 16 + n * (8 + bitmap))
        return fail_section(d->records, "payload of %zu bytes does not fit its count of births",
                            size);
    uint64_t serial = get64(record->payload + 8);
    const uint8_t *bitmaps = record->payload + 16 + 8 * n;
    for (uint64_t i = 0; i < n * bitmap; i++)
        bits += (uint64_t)__builtin_popcount(bitmaps[i]);
    for (uint64_t i = 0; P % 8 && i < n; i++)
        if (bitmaps[(i + 1) * bitmap - 1] >> P % 8)
            return fail_section(
                d->records, "birth %" PRIu64 " changes parameters beyond the last, %zu", i, P - 1);
    if (size != 16 + n * (8 + bitmap) + 4 * bits)
        return fail_section(
            d->records, "payload of %zu bytes does not fit its %" PRIu64 " new values", size, bits);
    if (n > world->cells - world->births.count)
        return fail_section(d->records, "%" PRIu64 " births, more than the %zu cells",
                            world->births.count + n, world->cells);
    if (serial != d->next_serial)
        return fail_section(d->records, "first serial %" PRIu64 ", %" PRIu64 " expected", serial,
                            d->next_serial);
    *births = n;
    *values = bits;
    return true;
}

/* The slots of birth number i of a GENE record. */
static bool check_birth(struct section_decoder *d, const struct world *world, uint64_t generation,
                        uint64_t i, uint32_t slot, uint32_t parent) {
    const struct pool *pool = &world->pool;
    if (slot <= d->birth_slot || slot > world->cells)
        return fail_section(d->records,
                            "slot %" PRIu32 " of birth %" PRIu64 " not from %" PRIu32 " to %zu",
                            slot, i, d->birth_slot + 1, world->cells);
    if (parent && (parent > pool->capacity || !pool->serial[parent]))
        return fail_section(
            d->records, "parent slot %" PRIu32 " of birth %" PRIu64 " holds no genome", parent, i);
    if (parent == slot)
        return fail_section(d->records, "birth %" PRIu64 " is its own parent, slot %" PRIu32, i,
                            slot);
    if (slot < d->mark_capacity && d->marks[slot] & CARRIED && generation == d->last + 1)
        return fail_section(d->records,
                            "slot %" PRIu32 " of birth %" PRIu64
                            " is not free: a cell had it in generation %" PRIu64,
                            slot, i, d->last);
    return true;
}

/* Enters birth number i, of this serial, into the pool: its parent's genome, but for the values of
   the parameters in bitmap. twin: memory for a genome that stands in the POOL, too. Returns the
   values behind those taken, or NULL: it is not what the POOL has. */
static const float *enter_birth(struct section_decoder *d, struct world *world, uint64_t i,
                                uint64_t serial, uint32_t slot, uint32_t parent,
                                const uint8_t *bitmap, const float *value, float *twin) {
    struct pool *pool = &world->pool;
    size_t P = pool->genome;
    reserve(d, pool, slot);
    bool listed = d->pooled && d->marks[slot] & LISTED;
    float *genome = listed ? twin : pool_genome(pool, slot);
    memcpy(genome, pool_genome(pool, parent), P * sizeof *genome);
    for (size_t b = 0; b < bitmap_bytes(P); b++)
        for (unsigned bits = bitmap[b]; bits; bits &= bits - 1)
            genome[8 * b + (unsigned)__builtin_ctz(bits)] = *value++;
    if (listed && !same_genome(pool, slot, serial, pool->serial[parent], genome)) {
        fail_section(d->records,
                     "birth %" PRIu64 " is not the genome that the POOL has in slot %" PRIu32, i,
                     slot);
        return NULL;
    }
    d->marks[slot] |= listed ? KNOWN : 0;
    d->birth_slot = slot;
    pool->parent[slot] = pool->serial[parent];
    pool->serial[slot] = serial;
    births_add(&world->births, slot, parent);
    return value;
}

static bool decode_births(struct section_decoder *d, struct world *world,
                          const struct record *record) {
    size_t P = world->pool.genome, bitmap = bitmap_bytes(P);
    uint64_t n = 0, values = 0;
    if (!d->follows) /* a reader that starts here has them in the POOL before */
        return true;
    if (!record_payload(d->records, record->payload_size) ||
        !check_births(d, world, record, &n, &values))
        return false;
    const uint8_t *slots = record->payload + 16, *parents = slots + 4 * n,
                  *bitmaps = parents + 4 * n;
    uint32_t *slot = allocate(n, 2 * sizeof *slot, "births"), *parent = slot + n;
    float *value = allocate(values, sizeof *value, "births"),
          *twin = allocate(P, sizeof *twin, "births");
    const float *next = value;
    get_planes32(slots, slot, n);
    get_planes32(parents, parent, n);
    get_planes32(bitmaps + n * bitmap, value, values);
    bool good = finite_all(value, values) || fail_section(d->records, "a parameter is not finite");
    for (uint64_t i = 0; i < n && good; i++)
        good = check_birth(d, world, record->generation, i, slot[i], parent[i]) &&
               (next = enter_birth(d, world, i, d->next_serial + i, slot[i], parent[i],
                                   bitmaps + i * bitmap, next, twin));
    d->next_serial += n;
    d->with_births = true;
    if (!d->pooled)
        world->pool.next_serial = d->next_serial;
    free(slot);
    free(value);
    free(twin);
    return good;
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
