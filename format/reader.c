/* Reading a stream: which record may come when, and which generations are delivered. */
#include "common/err.h"
#include "common/signals.h"
#include "format/section_decoder.h"
#include "format/record_reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Frees a plane, if this part has it not. */
static void *plane(void *old, bool has) {
    if (has)
        return old;
    free(old);
    return NULL;
}

/* A part begins. */
static int take_head(struct reader *r) {
    struct source *s = r->source;
    struct header header;
    char why[256];
    if (source_payload(r, s->payload_size) < 0)
        return -1;
    if (!header_parse(&header, (const char *)s->payload, s->payload_size, why))
        return fail_at(r, "HEAD: %s", why);
    const struct model *old = &r->header.model, *new = &header.model;
    if (r->world.cells && (old->width != new->width || old->height != new->height ||
                           old->channels != new->channels)) {
        int result =
            fail_at(r,
                    "HEAD: %" PRIu32 "x%" PRIu32 ", %" PRIu32 " channels after %" PRIu32 "x%" PRIu32
                    ", %" PRIu32 " channels",
                    new->width, new->height, new->channels, old->width, old->height, old->channels);
        header_free(&header);
        return result;
    }
    unsigned needs = (s->wanted & ALPHA ? s->wanted | STATE : s->wanted) & ALL_SECTIONS;
    if (needs & ~header.sections && !(s->wanted & IF_PRESENT)) {
        fail_file(r, UNREADABLE, "has no %s, only %s: make it again with nca-step --sections %s",
                  sections_text(needs & ~header.sections), sections_text(header.sections),
                  sections_text(header.sections | needs));
        header_free(&header);
        return -1;
    }
    header_free(&r->header);
    r->header = header;
    struct world *world = &r->world;
    unsigned have = needs & header.sections;
    world->model = *new;
    world->cells = model_cells(new);
    world->pool.genome = genome_size(new->channels);
    world->state = plane(world->state, have & STATE);
    world->ages = plane(world->ages, have & AGES);
    world->slots = plane(world->slots, have & GENOMES);
    s->in_part = s->first = true;
    s->salvaged = false;
    s->has_pool = false;
    s->stage = HEAD;
    s->part_generations = 0;
    s->part_records = 1;
    r->parts++;
    r->head_end = (struct place){s->offset, 0, 1};
    return 1;
}

/* A part ends. */
static int take_done(struct reader *r) {
    struct source *s = r->source;
    char text[128];
    if (s->stage != HEAD)
        return fail_in(r, "comes before generation %" PRIu64 " is complete", r->world.generation);
    if (source_payload(r, s->payload_size) < 0)
        return -1;
    int length = snprintf(text, sizeof text, "generations %" PRIu64 "\nrecords %" PRIu64 "\n",
                          s->part_generations, s->part_records);
    if (!s->salvaged &&
        (s->payload_size < (size_t)length || memcmp(s->payload, text, (size_t)length)))
        return fail_at(
            r, "DONE: does not count the %" PRIu64 " generations in %" PRIu64 " records that came",
            s->part_generations, s->part_records);
    if (!text_is_lines((const char *)s->payload, s->payload_size))
        return fail_at(r, "DONE: not lines of text");
    s->in_part = false;
    return 1;
}

/* Whether the record at hand is of a later generation than the GENE before it, which are then of
   one left out. */
static bool left_out(const struct reader *r) {
    const struct source *s = r->source;
    return s->stage == GENE && s->tag <= GENE && s->generation > r->world.generation &&
           !s->base_empty;
}

/* Begins the births of a generation; those before are of one left out, and bounded: a POOL takes
   the place of more. */
static int begin_births(struct reader *r) {
    struct source *s = r->source;
    uint64_t most = r->world.cells * (20 + 4 * (uint64_t)r->world.pool.genome) / 4;
    s->left_out += s->births_size;
    s->births_size = 0;
    s->birth_slot = 0;
    r->world.births.count = 0;
    r->world.generation = s->generation;
    if (s->left_out > most)
        return fail_in(r,
                       "%" PRIu64 " bytes of births in generations left out before it, at most "
                       "%" PRIu64 " allowed",
                       s->left_out, most);
    return 1;
}

/* Whether this record may come now; moves the reader into the record's generation. */
static int in_order(struct reader *r) {
    struct source *s = r->source;
    unsigned sections = r->header.sections;
    bool genomes = sections & GENOMES;
    bool announced = s->tag == AGED ? sections & AGES : s->tag == STAT ? sections & STATE : genomes;
    if (!announced)
        return fail_in(r, "its HEAD announces no such section, only %s", sections_text(sections));
    if (s->stage == HEAD) {
        if (s->any && (s->first ? s->generation < s->last : s->generation <= s->last))
            return fail_in(r, "jumps back from generation %" PRIu64, s->last);
        if (genomes && s->first && s->tag != POOL)
            return fail_in(r, "a part starts with a POOL");
        if (genomes && s->tag > GENE)
            return fail_in(r, "POOL or GENE expected");
        s->pooled = false;
        s->base_empty = s->first;
        s->left_out = s->births_size = 0;
        begin_births(r);
        if (s->wanted & GENOMES && genomes)
            free_slots(r);
    } else if (left_out(r)) {
        if (begin_births(r) < 0)
            return -1;
        s->stage = HEAD;
    } else if (s->generation != r->world.generation)
        return fail_in(r, "comes before generation %" PRIu64 " is complete", r->world.generation);

    static const unsigned section[TAGS] = {
        [POOL] = GENOMES, [GENE] = GENOMES, [GIDS] = GENOMES, [AGED] = AGES, [STAT] = STATE};
    bool repeated = s->tag == s->stage && s->tag <= GENE;
    bool good = s->tag > s->stage || repeated;
    for (enum tag skipped = s->stage + 1; skipped < s->tag; skipped++)
        good = good && !(skipped >= GIDS && sections & section[skipped]);
    if (!good)
        return fail_in(r, "not the section that comes after %s", tag_names[s->stage]);
    s->stage = s->tag;
    s->base_empty |= s->tag == POOL;
    s->births_size += s->tag == GENE ? s->payload_size : 0;
    return 1;
}

/* Takes one record of a generation. 2: it completes the generation; 1: more to come; -1: error. */
static int take_section(struct reader *r) {
    struct source *s = r->source;
    if (in_order(r) < 0)
        return -1;
    int result = 1;
    if (s->wanted & GENOMES && s->tag == POOL)
        result = take_pool(r);
    else if (s->wanted & GENOMES && s->tag == GENE)
        result = take_births(r);
    else if (s->wanted & GENOMES && s->tag == GIDS)
        result = take_slots(r);
    else if (s->wanted & AGES && s->tag == AGED)
        result = take_ages(r);
    else if (s->wanted & (STATE | ALPHA) && s->tag == STAT)
        result = take_state(r);
    unsigned sections = r->header.sections;
    enum tag last = sections & STATE ? STAT : sections & AGES ? AGED : GIDS;
    if (result < 0 || s->tag != last)
        return result;
    s->stage = HEAD;
    s->has_pool = sections & GENOMES;
    s->part_generations++;
    r->generation_end = (struct place){s->offset, s->part_generations, s->part_records};
    return 2;
}

struct reader *reader_open(char **files, unsigned wanted) {
    struct reader *r = allocate(1, sizeof *r, "reader");
    struct source *s = r->source = source_new(files, wanted);
    if (source_record(r) > 0) {
        if (s->tag != HEAD)
            fail_at(r, "%s where the stream's HEAD should be", tag_names[s->tag]);
        else
            take_head(r);
    }
    return r;
}

int reader_next(struct reader *r) {
    struct source *s = r->source;
    while (!*r->error) {
        bool held = s->held;
        int got = held ? 1 : source_record(r);
        s->held = false;
        if (got < 0)
            break; /* an error, or a signal */
        if (got == 0 && s->in_part) {
            s->record++; /* the one that should follow */
            fail_at(r,
                    s->stage == HEAD ? "truncated: the stream ends here, after generation %" PRIu64
                                     : "truncated: the stream ends here, in generation %" PRIu64,
                    r->world.generation);
            r->fault = TRUNCATED;
        } else if (got == 0)
            return 0;
        else if (s->in_part == (s->tag == HEAD))
            fail_at(r,
                    s->in_part ? "%s: the part before it has no DONE"
                               : "%s where a HEAD should start the next part",
                    tag_names[s->tag]);
        else if (s->tag == HEAD) {
            if (take_head(r) > 0 && s->wanted & PARTS)
                return 4;
        } else if (s->tag == DONE)
            take_done(r);
        else if (s->wanted & BIRTHS && !held && left_out(r)) {
            s->held = true;
            return 2;
        } else if (take_section(r) == 2) {
            /* a part may start with the generation that the last one ended with: once is enough */
            bool again = s->any && s->first && r->world.generation == s->last;
            s->first = false;
            s->any = true;
            s->last = r->world.generation;
            if (!again) {
                r->generations++;
                return 1;
            }
            if (s->wanted & REPEATS)
                return 3;
        }
    }
    return *r->error ? -1 : 0;
}

/* Whether reading can start at the record at hand: at every HEAD, and in a part whose HEAD is known
   where what follows does not depend on what came before. */
static bool can_start(const struct reader *r) {
    const struct source *s = r->source;
    unsigned sections = r->parts ? r->header.sections : 0;
    return s->tag == HEAD || (s->tag == POOL && sections & GENOMES) ||
           (s->tag == STAT && sections == STATE);
}

bool reader_salvage(struct reader *r) {
    struct source *s = r->source;
    bool start = s->good && !s->tried && can_start(r); /* good, but not what had to come */
    while (!start && r->fault != UNREADABLE) {
        source_skip(r);
        bool empty = r->fault && !s->head_have && !s->offset;
        *r->error = '\0';
        r->fault = NO_FAULT;
        if (empty && source_next_file(r) <= 0)
            return false;
        s->in_part = false; /* so that a file may end here */
        int got = source_record(r);
        if (got == 0 || signals_caught())
            return false;
        start = got > 0 && can_start(r);
    }
    if (!start)
        return false;
    *r->error = '\0';
    r->fault = NO_FAULT;
    s->held = s->tried = s->first = s->salvaged = true;
    s->has_pool = false;
    s->in_part = s->tag != HEAD;
    s->stage = HEAD;
    return true;
}

int reader_close(struct reader *r) {
    int status = *r->error ? EXIT_FAILED : EXIT_SUCCESS;
    if (status)
        complain("%s", r->error);
    source_free(r->source);
    world_free(&r->world);
    header_free(&r->header);
    free(r);
    return status;
}
