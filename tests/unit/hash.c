/* SPDX-License-Identifier: MIT */
/* tier: quick, sanitized */
/* python_hash() against values that CPython gave; called with -, prints instead the hash of each
   double on standard input, for tests/measures.py to compare. */
#include "kernels/measures/colours.h"
#include "tests/tap.h"

#include <inttypes.h>
#include <string.h>

static const struct {
    double value;
    int64_t hash;
} known[] = {
    {0.0, 0},
    {-0.0, 0},
    {1.0, 1},
    {-1.0, -2},
    {-2.0, -2},
    {3.0, 3},
    {-3.0, -3},
    {0.5, 1152921504606846976},
    {-0.5, -1152921504606846976},
    {1.5, 1152921504606846977},
    {0.1, 230584300921369408},
    {-0.1, -230584300921369408},
    {1.2, 461168601842738689},
    {-3.7, -1614090106449586179},
    {10.0 * 0.07, 1614090106449585920}, /* not 0.7 */
    {10.0 * 0.29, 2075258708292324354},
    {10.0 * -0.57, -1614090106449584133},
    {255.99, 2282784579121578239},
    {1e9, 1000000000},
    {-1e10, -10000000000},
    {0x1p31, 2147483648},
    {0x1p60, 1152921504606846976},
    {0x1.fffffffffffffp60, 2305843009213693696},
    {0x1p61, 1}, /* the modulus is 2^61 - 1 */
    {-0x1p61, -2},
    {0x1.0000000000001p61, 513},
    {0x1p62, 2},
    {0x1p122, 1},
    {0x1p-61, 1},
    {0x1p-62, 1152921504606846976},
    {1e100, 1822893315824342674},
    {-0x1.fffffffffffffp1023, -2234066890152476671},
    {0x1p-1022, 32768},
    {0x1p-1074, 16777216},
    {-0x1p-1074, -16777216},
    {0x1.fffffep127, 2305834213120671807},
    {0x1.921fb54442d18p1, 326490430436040707},
};

int main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "-")) {
        for (double value; fread(&value, sizeof value, 1, stdin) == 1;)
            printf("%" PRId64 "\n", python_hash(value));
        return 0;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        int64_t hash = python_hash(known[i].value);
        ok(hash == known[i].hash, "hash(%.17g): %" PRId64, known[i].value, hash);
    }
    return done();
}
