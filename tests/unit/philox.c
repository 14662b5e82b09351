/* SPDX-License-Identifier: MIT */
/* tier: quick, sanitized */
/* Philox4x32-10 against the known answers that its authors publish with Random123 (kat_vectors). */
#include "kernels/model/philox.h"
#include "tests/tap.h"

#include <string.h>

int main(void) {
    static const struct {
        struct philox counter;
        uint32_t key[2];
        struct philox answer;
    } known[] = {
        {{{0, 0, 0, 0}}, {0, 0}, {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}},
        {{{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}},
         {0xffffffff, 0xffffffff},
         {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}},
        {{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}},
         {0xa4093822, 0x299f31d0},
         {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}},
    };
    for (int i = 0; i < 3; i++) {
        struct philox words = philox4x32(known[i].counter, known[i].key[0], known[i].key[1]);
        ok(!memcmp(&words, &known[i].answer, sizeof words), "known answer %d", i + 1);
    }
    struct philox words = draw(0x299f31d0a4093822u, 0x0370734424u, 7, 9);
    struct philox counter = {{0x70734424, 7, 9, 0x03}};
    struct philox same = philox4x32(counter, 0xa4093822, 0x299f31d0);
    ok(!memcmp(&words, &same, sizeof words), "the words of seed, cell, generation and purpose");
    ok(unit(0xffffffff) == 1.0f - 0x1p-24f && unit(0xff) == 0.0f, "unit() is in [0, 1)");
    ok(choose(0xffffffff, 9) == 8 && choose(0, 9) == 0 && choose(0x80000000, 2) == 1, "choose()");
    return done();
}
