/* SPDX-License-Identifier: MIT */
#include "format/genome_decoder.h"

#include "common/err.h"
#include "format/pack.h"
#include "format/stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void reserve_slot(struct section_decoder *d, struct pool *pool, uint32_t slot) {
    pool_reserve(pool, slot);
    if (d->mark_capacity <= pool->capacity) {
        d->marks = reallocate(d->marks, (size_t)pool->capacity + 1, 1, "reader");
        memset(d->marks + d->mark_capacity, 0, (size_t)pool->capacity + 1 - d->mark_capacity);
        d->carried = reallocate(d->carried, (size_t)pool->capacity + 1, 1, "reader");
        d->mark_capacity = (size_t)pool->capacity + 1;
    }
}

/* Whether all parameters are numbers; what is not could never come from the rule. */
static bool finite_all(const float *parameters, size_t count) {
    bool good = true;
    for (size_t i = 0; i < count; i++)
        good &= parameters[i] - parameters[i] == 0.0f;
    return good;
}

/* Whether a slot has held this genome, whatever its serial was. */
static bool has_held(const struct pool *pool, uint32_t slot, uint64_t parent, const float *genome) {
    return slot <= pool->capacity && pool->parent[slot] == parent &&
           !memcmp(pool_genome(pool, slot), genome, pool->genome * sizeof *genome);
}

/* Whether this genome is the one in its slot. */
static bool same_genome(const struct pool *pool, uint32_t slot, uint64_t serial, uint64_t parent,
                        const float *genome) {
    return slot <= pool->capacity && pool->serial[slot] == serial &&
           has_held(pool, slot, parent, genome);
}

/* Genome number i of a POOL record. */
static bool enter_genome(struct section_decoder *d, struct world *world, uint64_t i, uint32_t slot,
                         uint64_t serial, uint64_t parent, const float *parameters) {
    struct pool *pool = &world->pool;
    bool before = serial < d->next_serial, old = d->wanted & WANT_CHECK && d->follows && before;
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
    pool->run += before && !d->follows && !has_held(pool, slot, parent, parameters);
    reserve_slot(d, pool, slot);
    d->marks[slot] |= old ? LISTED | KNOWN : LISTED;
    pool->serial[slot] = serial;
    pool->parent[slot] = parent;
    memcpy(pool_genome(pool, slot), parameters, pool->genome * sizeof *parameters);
    d->pool_slot = slot;
    return true;
}

bool decode_pool(struct section_decoder *d, struct world *world, const struct record *record) {
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
    pool->run += next_serial < d->next_serial; /* a part of another run */
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
    bits = count_bits(bitmaps, n * bitmap);
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
    reserve_slot(d, pool, slot);
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

bool decode_births(struct section_decoder *d, struct world *world, const struct record *record) {
    enum { AHEAD = 8 };
    const struct pool *pool = &world->pool;
    size_t P = pool->genome, bitmap = bitmap_bytes(P);
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
    for (uint64_t i = 0; i < n && good; i++) {
        uint32_t soon = parent[i + AHEAD < n ? i + AHEAD : i];
        if (soon <= pool->capacity)
            genome_prefetch(pool_genome(pool, soon), P);
        good = check_birth(d, world, record->generation, i, slot[i], parent[i]) &&
               (next = enter_birth(d, world, i, d->next_serial + i, slot[i], parent[i],
                                   bitmaps + i * bitmap, next, twin));
    }
    d->next_serial += n;
    d->with_births = true;
    if (!d->pooled)
        world->pool.next_serial = d->next_serial;
    free(slot);
    free(value);
    free(twin);
    return good;
}
