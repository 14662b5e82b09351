#include "kernels/measures/colours.h"

#include "common/err.h"
#include "kernels/model/philox.h"

#include <math.h>
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

/* h(10 * (q / 100)) mod 2 for a parameter q / 100: for small q, which nearly all are, from a table.
 */
static uint32_t hash_bit(double q) {
    enum { SMALL = 1024 };
    static uint8_t table[2 * SMALL + 1]; /* 0 not known yet; 2 and 3: the bits 0 and 1 */
    if (fabs(q) > SMALL)
        return (uint32_t)(python_hash(10.0 * (q / 100.0)) & 1);
    uint8_t *known = &table[SMALL + (int)q];
    if (!*known)
        *known = (uint8_t)(2 | (python_hash(10.0 * (q / 100.0)) & 1));
    return *known & 1;
}

uint32_t colour_ghc(const float *genome, size_t P) {
    uint32_t colour = 0;
    for (size_t p = 0; p < 24; p++)
        colour = colour << 1 | (p < P ? hash_bit(rint((double)genome[p] * 100.0)) : 0);
    return colour;
}

uint32_t colour_rwsp(const float *genome, const uint32_t position[3], int digits) {
    double power = 1.0;
    uint32_t colour = 0;
    for (int d = 0; d < digits; d++)
        power *= 10.0;
    for (int i = 0; i < 3; i++) {
        double value = rint((double)genome[position[i]] * power) / power * 255.0;
        /* beyond 32 bits there is no integer to take bits of */
        int32_t whole = fabs(value) < 2147483648.0 ? (int32_t)value : 0;
        colour = colour << 8 | ((uint32_t)whole & 0xff);
    }
    return colour;
}

uint32_t colour_genotype(uint64_t serial) {
    if (!serial)
        return 0;
    /* fractions of multiples of the golden ratio and of the root of 2 fill a circle evenly */
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

void rwsp_positions(uint64_t seed, size_t P, uint32_t position[3]) {
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

bool rwsp_parse(const char *text, size_t P, uint32_t position[3]) {
    for (int i = 0; i < 3; i++) {
        char *end;
        unsigned long long value = strtoull(text, &end, 10);
        if (*text < '0' || *text > '9' || value >= P || *end != (i < 2 ? ',' : '\0'))
            return false;
        position[i] = (uint32_t)value;
        text = end + 1;
    }
    return position[0] != position[1] && position[0] != position[2] && position[1] != position[2];
}

void colours_update(struct colours *colours, const struct world *world) {
    const struct pool *pool = &world->pool;
    size_t slots = (size_t)pool->capacity + 1;
    if (slots > colours->room) {
        colours->serial = reallocate(colours->serial, slots, sizeof *colours->serial, "colours");
        colours->colour = reallocate(colours->colour, slots, sizeof *colours->colour, "colours");
        colours->carried = reallocate(colours->carried, slots, 1, "colours");
        for (size_t s = colours->room; s < slots; s++)
            colours->serial[s] = colours->colour[s] = 0;
        colours->room = slots;
    }
    const uint32_t *carries = world->slots;
    uint8_t *carried = memset(colours->carried, 0, slots);
    for (size_t i = 0; i < world->cells; i++)
        carried[carries[i]] = 1;
    for (uint32_t slot = 1; slot < slots; slot++) {
        if (!carried[slot] || colours->serial[slot] == pool->serial[slot])
            continue;
        const float *genome = pool_genome(pool, slot);
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
    memset(colours, 0, sizeof *colours);
}

uint32_t colours_count(struct colours *colours, const struct world *world) {
    size_t slots = (size_t)world->pool.capacity + 1, carried = 0;
    for (size_t slot = 0; slot < slots; slot++)
        carried += colours->carried[slot];
    unsigned bits = 1; /* of a hash table that is half full at most */
    while (carried >> (bits - 1))
        bits++;
    if (bits > colours->bits)
        colours->seen = reallocate(colours->seen, 1, sizeof *colours->seen << bits, "colours");
    colours->bits = bits;
    uint32_t *seen = memset(colours->seen, 0, sizeof *seen << bits), count = 0;
    bool black = false;
    for (size_t slot = 0; slot < slots; slot++) {
        uint32_t colour = colours->colour[slot];
        black |= colours->carried[slot] && !colour;
        if (!colours->carried[slot] || !colour)
            continue;
        size_t at = colour * 0x9E3779B97F4A7C15u >> (64 - bits), last = ((size_t)1 << bits) - 1;
        while (seen[at] && seen[at] != colour)
            at = (at + 1) & last;
        count += !seen[at];
        seen[at] = colour;
    }
    return count + black - 1;
}
