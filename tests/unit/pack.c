/* SPDX-License-Identifier: MIT */
/* tier: quick, sanitized */
/* Numbers that differ or are marked, packed by each of the builds that this machine runs. */
#include "format/pack.c"

#include "tests/tap.h"

#include <stdlib.h>

enum { MAX_COUNT = 100 };

static uint32_t below(uint32_t limit, uint32_t *random) {
    *random = *random * 1664525 + 1013904223;
    return (*random >> 16) % limit;
}

struct packed {
    uint8_t bitmap[MAX_COUNT / 8 + 1];
    uint32_t differing[MAX_COUNT], marked[MAX_COUNT];
    size_t differ, mark;
};

/* One at a time, by the definition. */
static void pack(struct packed *p, const uint32_t *now, const uint32_t *expected, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (now[i] != (expected ? expected[i] : 0)) {
            p->bitmap[i / 8] |= (uint8_t)(1 << i % 8);
            p->differing[p->differ++] = now[i];
            p->marked[p->mark++] = now[i] + 1;
        }
}

static bool same(const struct packed *a, const struct packed *b, size_t count) {
    return a->differ == b->differ && a->mark == b->mark &&
           !memcmp(a->bitmap, b->bitmap, bitmap_bytes(count)) &&
           !memcmp(a->differing, b->differing, a->differ * sizeof *a->differing) &&
           !memcmp(a->marked, b->marked, a->mark * sizeof *a->marked);
}

enum { CHOSEN = AVX512 + 1, BUILDS };
static const char *const builds[BUILDS] = {
    [PORTABLE] = "plain", [AVX2] = "AVX2", [AVX512] = "AVX-512", [CHOSEN] = "the one chosen"};

static void pack_by(int build, struct packed *p, uint32_t *now, const uint32_t *expected,
                    size_t count) {
    uint32_t *to = p->differing;
    const uint8_t *from = (const uint8_t *)now, *other = (const uint8_t *)expected;
    uint32_t more[MAX_COUNT];
    for (size_t i = 0; i < count; i++)
        more[i] = now[i] + 1;
    const uint8_t *marked = (const uint8_t *)more;
    size_t done = 0, begun = 0;
    if (build == CHOSEN) {
        p->mark = p->differ = put_differing(p->bitmap, now, now, expected, count); /* in place */
        memcpy(to, now, p->differ * sizeof *to);
        get_marked(p->marked, more, p->bitmap, count);
        return;
    }
#ifdef __x86_64__
    if (build == AVX2)
        p->differ = differing_avx2(p->bitmap, to, from, other, count, &done);
    if (build == AVX512)
        p->differ = differing_avx512(p->bitmap, to, from, other, count, &done);
#endif
    p->differ += differing_plain(p->bitmap, to + p->differ, from, other, count, done);
#ifdef __x86_64__
    if (build == AVX2)
        p->mark = marked_avx2(p->marked, marked, p->bitmap, count, &begun);
    if (build == AVX512)
        p->mark = marked_avx512(p->marked, marked, p->bitmap, count, &begun);
#endif
    p->mark += marked_plain(p->marked + p->mark, marked, p->bitmap, count, begun);
}

int main(void) {
    for (int build = 0; build < BUILDS; build++) {
        if (!builds[build])
            continue;
        if (build != CHOSEN && !cpu_has((enum instructions)build)) {
            ok(true, "%s # SKIP not on this machine", builds[build]);
            continue;
        }
        int wrong = 0;
        uint32_t random = 1;
        for (int round = 0; round < 2000; round++) {
            size_t count = below(MAX_COUNT, &random);
            uint32_t now[MAX_COUNT], expected[MAX_COUNT];
            uint32_t changes = below(4, &random); /* of three: none to all */
            for (size_t i = 0; i < count; i++) {
                expected[i] = below(3, &random);
                now[i] = below(3, &random) < changes ? random : expected[i];
            }
            const uint32_t *other = round % 2 ? expected : NULL;
            struct packed right = {0}, packed = {0};
            pack(&right, now, other, count);
            pack_by(build, &packed, now, other, count);
            wrong += !same(&right, &packed, count);
        }
        ok(!wrong, "%s: %d wrong", builds[build], wrong);
    }
    return done();
}
