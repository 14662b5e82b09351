#include "kernels/types.h"

#include <string.h>

void type_count(const float *alpha, size_t cells, uint32_t levels, uint64_t *count) {
    memset(count, 0, ((size_t)levels + 1) * sizeof *count);
    for (size_t i = 0; i < cells; i++)
        count[type_level(alpha[i], levels)]++;
}

double type_entropy(const uint64_t *count, uint32_t levels, size_t cells) {
    double sum = 0.0;
    uint32_t present = 0;
    for (uint32_t k = 0; k <= levels; k++) {
        if (!count[k])
            continue;
        double rho = (double)count[k] / (double)cells;
        sum += rho * log(rho);
        present++;
    }
    return present > 1 ? -sum / log((double)present) : 0.0;
}
