/* SPDX-License-Identifier: MIT */
#include "bin-src/map.h"

#include "common/err.h"
#include "common/inputs.h"
#include "common/pgm.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static bool read_map(struct landscape_map *map, struct model *model, const char *name,
                     char why[512]) {
    char reason[256];
    struct pgm_file *file = pgm_open(name, reason);
    bool good = file;
    while (good && (!map->count || pgm_more(file))) {
        map->picture =
            reallocate(map->picture, (size_t)map->count + 1, sizeof *map->picture, "map");
        good = pgm_read(file, &map->picture[map->count], model->width, model->height, reason);
        map->count += good;
    }
    uint64_t sum = file ? pgm_close(file) : 0;
    sum += sum == 0; /* 0 stands for none */
    if (good && model->landscape_sum && model->landscape_sum != sum) {
        snprintf(reason, sizeof reason, "not the map that the run began with (another hash)");
        good = false;
    }
    model->landscape_sum = sum;
    if (!good)
        snprintf(why, 512, "%s: %s", name, reason);
    return good;
}

struct landscape *landscape_open(struct model *model, char why[512]) {
    struct landscape_map map = {0};
    const char *name = landscape_map_name(model);
    *why = '\0';
    if (name)
        inputs_add(AT_FDCWD, name);
    if (!strcmp(model->landscape, "none"))
        return NULL;
    if (!name)
        model->landscape_sum = 0;
    else if (!read_map(&map, model, name, why)) {
        landscape_map_free(&map);
        return NULL;
    }
    return landscape_new(model, &map, why);
}
