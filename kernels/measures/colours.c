/* SPDX-License-Identifier: MIT */
#include "kernels/measures/colours.h"

#include "common/err.h"
#include "common/number.h"
#include "kernels/model/philox.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

int64_t python_hash(double value) {
    const uint64_t modulus = (1ull << 61) - 1;
    int exponent;
    double mantissa = frexp(fabs(value), &exponent);
    uint64_t hash = 0;
    while (mantissa > 0.0) { /* 28 bits at a time */
        hash = (hash << 28 & modulus) | hash >> 33;
        mantissa *= 268435456.0;
        exponent -= 28;
        uint64_t digit = (uint64_t)mantissa;
        mantissa -= (double)digit;
        hash += digit;
        if (hash >= modulus)
            hash -= modulus;
    }
    exponent = (exponent % 61 + 61) % 61; /* times 2^exponent is a rotation */
    hash = (hash << exponent & modulus) | hash >> (61 - exponent);
    int64_t result = value < 0.0 ? -(int64_t)hash : (int64_t)hash;
    return result == -1 ? -2 : result;
}

/* h(10 * (q / 100)) mod 2 for a parameter in hundredths, which rounded is q. Nearly all q are
   small: a table keeps these bits, for all threads: whichever fills an entry, it is the same. */
static uint32_t hash_bit(double hundredths) {
    enum { SMALL = 1024 };
    static _Atomic uint8_t table[2 * SMALL + 1]; /* 0: not computed yet; 2 and 3: bits 0 and 1 */
    if (fabs(hundredths) > SMALL)
        return (uint32_t)(python_hash(10.0 * (rint(hundredths) / 100.0)) & 1);
    int32_t q = round_even(hundredths);
    _Atomic uint8_t *entry = &table[SMALL + q];
    uint8_t known = atomic_load_explicit(entry, memory_order_relaxed);
    if (!known) {
        known = (uint8_t)(2 | (python_hash(10.0 * (q / 100.0)) & 1));
        atomic_store_explicit(entry, known, memory_order_relaxed);
    }
    return known & 1;
}

uint32_t colour_ghc(const float *genome, size_t P) {
    uint32_t colour = 0;
    for (size_t p = 0; p < 24; p++)
        colour = colour << 1 | (p < P ? hash_bit((double)genome[p] * 100.0) : 0);
    return colour;
}

uint32_t colour_rwsp(const float *genome, const uint32_t position[3], int digits) {
    double power = 1.0;
    uint32_t colour = 0;
    for (int d = 0; d < digits; d++)
        power *= 10.0;
    for (int i = 0; i < 3; i++) {
        double value = rint((double)genome[position[i]] * power) / power * 255.0;
        /* a value beyond 32 bits gives 0 */
        int32_t whole = fabs(value) < 2147483648.0 ? (int32_t)value : 0;
        colour = colour << 8 | ((uint32_t)whole & 0xff);
    }
    return colour;
}

uint32_t colour_genotype(uint64_t serial) {
    if (!serial)
        return 0;
    /* the fractional parts of multiples of the golden ratio, and of the root of 2, are spread
     * evenly
     */
    uint32_t hue = (uint32_t)(serial * 0x9E3779B97F4A7C15u >> 32);
    uint32_t light = (uint32_t)(serial * 0x6A09E667F3BCC909u >> 32);
    uint32_t most = 160 + (uint32_t)(UINT64_C(96) * light >> 32), least = most / 4;
    uint64_t sixths = hue * UINT64_C(6);
    uint32_t along = (uint32_t)((most - least) * (sixths & UINT32_MAX) >> 32);
    uint32_t up = least + along, down = most - along;
    switch (sixths >> 32) {
    case 0:
        return most << 16 | up << 8 | least;
    case 1:
        return down << 16 | most << 8 | least;
    case 2:
        return least << 16 | most << 8 | up;
    case 3:
        return least << 16 | down << 8 | most;
    case 4:
        return up << 16 | least << 8 | most;
    default:
        return most << 16 | least << 8 | down;
    }
}

uint32_t colour_clade(uint64_t serial) {
    /* powers of the root of x^4 = x + 1: multiples are spread evenly over a cube */
    static const uint64_t step[3] = {0xD1B54A32D192ED03u, 0xABC98388FB8FAC03u, 0x8CB92BA72F3D8DD7u};
    uint32_t colour = 0;
    for (int i = 0; serial && i < 3; i++)
        colour = colour << 8 | (uint32_t)(40 + (216 * (serial * step[i] >> 32) >> 32));
    return colour;
}

void colours_positions(uint64_t seed, size_t P, uint32_t position[3]) {
    struct philox words = draw(seed, 0, 0, POSITIONS);
    for (uint32_t i = 0; i < 3; i++) {
        /* the n-th of those not drawn yet */
        uint32_t n = choose(words.w[i], (uint32_t)P - i);
        for (uint32_t p = 0;; p++) {
            bool drawn = false;
            for (uint32_t j = 0; j < i; j++)
                drawn |= position[j] == p;
            if (!drawn && n-- == 0) {
                position[i] = p;
                break;
            }
        }
    }
}

void colours_update(struct colours *colours, const struct world *world) {
    const struct pool *pool = &world->pool;
    size_t slots = (size_t)pool->capacity + 1;
    if (slots > colours->capacity) {
        size_t before = colours->capacity;
        colours->serial =
            extend(colours->serial, before, slots, sizeof *colours->serial, "colours");
        colours->colour =
            extend(colours->colour, before, slots, sizeof *colours->colour, "colours");
        colours->carried = extend(colours->carried, before, slots, 1, "colours");
        if (colours->collisions)
            twins_reserve(&colours->twins, slots);
        colours->capacity = slots;
    }
    pool_follow(pool, &colours->run, colours->serial, colours->capacity);
    const uint32_t *carries = world->slots;
    uint8_t *carried = memset(colours->carried, 0, slots);
    for (size_t i = 0; i < world->cells; i++)
        carried[carries[i]] = 1;
    for (uint32_t slot = 1; slot < slots; slot++) {
        if (!carried[slot] || colours->serial[slot] == pool->serial[slot])
            continue;
        const float *genome = pool_genome(pool, slot);
        if (colours->collisions)
            twins_take(&colours->twins, pool, slot, !colours->serial[slot]);
        colours->serial[slot] = pool->serial[slot];
        colours->colour[slot] = colours->digits
                                    ? colour_rwsp(genome, colours->position, colours->digits)
                                    : colour_ghc(genome, pool->genome);
    }
}

void colours_free(struct colours *colours) {
    free(colours->serial);
    free(colours->colour);
    free(colours->carried);
    free(colours->seen);
    twins_free(&colours->twins);
    memset(colours, 0, sizeof *colours);
}

/* The place of a colour in the table, or a free one for it. */
static uint32_t *place(const struct colours *colours, uint32_t colour) {
    uint32_t mask = (1u << colours->bits) - 1, at = colour * 0x9E3779B1u >> (32 - colours->bits);
    while (colours->seen[at] && colours->seen[at] >> 2 != colour)
        at = (at + 1) & mask;
    return &colours->seen[at];
}

/* An empty table for at least so many colours. */
static void empty_table(struct colours *colours, size_t count) {
    enum { MIN_BITS = 10, MAX_BITS = 25 }; /* half of these: all colours */
    unsigned bits = MIN_BITS;
    while (bits < MAX_BITS && count > (size_t)1 << (bits - 1))
        bits++;
    if (bits > colours->bits) {
        free(colours->seen);
        colours->seen = allocate((size_t)1 << bits, sizeof *colours->seen, "colours");
        colours->bits = bits;
    } else
        memset(colours->seen, 0, sizeof *colours->seen << colours->bits);
}

/* Sees a colour once more; returns how often it was seen before: 0, 1 or, for more, MANY. */
enum { MANY = 2 };
static unsigned see(struct colours *colours, uint32_t colour) {
    uint32_t *entry = place(colours, colour), times = *entry & 3;
    *entry = colour << 2 | (times + (times < MANY));
    return times;
}

uint32_t colours_count(struct colours *colours, const struct world *world, double *collisions) {
    const struct pool *pool = &world->pool;
    const uint8_t *carried = colours->carried;
    const uint32_t *colour = colours->colour;
    size_t slots = (size_t)pool->capacity + 1, genotypes = 0, sharing = 0;
    uint32_t count = 0;
    for (size_t slot = 0; slot < slots; slot++)
        genotypes += carried[slot];
    empty_table(colours, genotypes);
    genotypes = 0;
    for (uint32_t slot = 1; slot < slots; slot++) {
        if (!carried[slot] ||
            (colours->collisions && twins_elsewhere(&colours->twins, pool, carried, slot)))
            continue;
        unsigned times = see(colours, colour[slot]);
        count += !times;
        sharing += times == 1 ? 2 : times == MANY; /* the second one shares with the first */
        genotypes++;
    }
    count += carried[0] && !see(colours, 0); /* the background is black */
    if (colours->collisions)
        *collisions = genotypes ? (double)sharing / (double)genotypes : NAN;
    return count - 1;
}
