/* SPDX-License-Identifier: MIT */
/* The text of a header, on any bytes: refused with a reason, or taken, and then what is written of
   it reads back as the same. */
#include "format/header.h"
#include "kernels/model/parameters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool good, const char *what) {
    if (!good) {
        fprintf(stderr, "must: %s\n", what);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct header header, again;
    char why[256] = "", *text, *same;
    if (!header_parse(&header, (const char *)data, size, why)) {
        must(*why != '\0' && strlen(why) < sizeof why, "a reason");
        return 0;
    }
    const struct model *model = &header.model;
    must(model_geometry(model, why) && model->channels >= 1 && model->channels <= MAX_CHANNELS,
         "geometry within its limits");
    must(model->alpha >= 0 && model->alpha <= 1 && model->ip >= 0 && model->ip <= 1 &&
             model->ppp >= 0 && model->ppp <= 1 && model->init >= 0 && model->init <= 1 &&
             model->cull >= 0 && model->cull <= 1,
         "probabilities from 0 to 1");
    must(model->cull_every >= 1, "a number to divide by");
    must(model->activation <= TANH && model->hidden < ACTIVATIONS && model->schedule < SCHEDULES &&
             header.sections && header.sections <= ALL_SECTIONS,
         "names that are known");
    text = header_text(&header);
    must(header_parse(&again, text, strlen(text), why), "what is written can be read");
    must(header_same_model(&header, &again) && header.sections == again.sections &&
             header.every == again.every && header.keyframe == again.keyframe,
         "and is the same");
    same = header_text(&again);
    must(!strcmp(text, same), "to the letter");
    free(text);
    free(same);
    header_free(&header);
    header_free(&again);
    return 0;
}
