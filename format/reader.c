/* SPDX-License-Identifier: MIT */
/* Reading a stream: which record may come when, and which generations are delivered. */
#include "common/err.h"
#include "common/signals.h"
#include "format/record_reader.h"
#include "format/section_decoder.h"
#include "format/stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sections come in the order of their tags, so that the one before them all stands for none. */
#define NO_SECTION TAG_HEAD

/* What a reader knows of the part and the generation at hand. */
struct reading {
    struct record_reader *records;
    const struct record *record; /* the one at hand */
    struct section_decoder decoder;
    bool waiting;               /* the record at hand is to be taken before another is read */
    bool salvaged_from;         /* reader_salvage() has started at the record at hand */
    bool in_part;               /* between HEAD and DONE */
    bool salvaged;              /* some of this part is missing */
    uint64_t head, generations; /* of this part: number of its HEAD, complete generations */
    enum tag section; /* the last one that came of this generation; NO_SECTION between two */
    uint64_t births_size, skipped; /* payload of its GENE records, of those of ones left out */
};

/* The sections that records belong to. */
static const unsigned section_of[TAGS] = {[TAG_POOL] = GENOMES,
                                          [TAG_GENE] = GENOMES,
                                          [TAG_GIDS] = GENOMES,
                                          [TAG_AGES] = AGES,
                                          [TAG_STAT] = STATE};

/* Records of this part up to the one at hand. */
static uint64_t part_records(const struct reading *s) {
    return s->record->number - s->head + 1;
}

/* Whether the stream can go on with a part of this header. */
static bool fits(struct reader *r, const struct header *header) {
    struct record_reader *records = r->reading->records;
    const struct model *old = &r->header.model, *new = &header->model;
    unsigned wanted = r->reading->decoder.wanted;
    unsigned needs = sections_needed(wanted);
    unsigned lacks = needs & ~header->sections;
    if (r->parts &&
        (old->width != new->width || old->height != new->height || old->channels != new->channels))
        return fail_record(records, DAMAGED,
                           "HEAD: %" PRIu32 "x%" PRIu32 ", %" PRIu32 " channels after %" PRIu32
                           "x%" PRIu32 ", %" PRIu32 " channels",
                           new->width, new->height, new->channels, old->width, old->height,
                           old->channels);
    if (wanted & WANT_MODEL && header->minor > HEADER_MINOR)
        return fail_file(records, UNREADABLE,
                         "is of version 1.%" PRIu32 ": its model is not known here, only that of "
                         "versions up to 1.%d",
                         header->minor, HEADER_MINOR);
    if (lacks && !(wanted & WANT_IF_PRESENT)) {
        char remedy[128];
        header_remedy(remedy, header, needs);
        return fail_file(records, UNREADABLE, "has no %s, only %s: %s", sections_text(lacks),
                         sections_text(header->sections), remedy);
    }
    return true;
}

/* A part begins. */
static bool take_head(struct reader *r) {
    struct reading *s = r->reading;
    size_t size = s->record->payload_size;
    struct header header;
    char why[256];
    if (!record_payload(s->records, size))
        return false;
    if (!header_parse(&header, (const char *)s->record->payload, size, why))
        return fail_record(s->records, DAMAGED, "HEAD: %s", why);
    if (!fits(r, &header)) {
        header_free(&header);
        return false;
    }
    header_free(&r->header);
    r->header = header;
    section_begin_part(&s->decoder, &r->world, &header.model, header.sections);
    s->in_part = true;
    s->salvaged = false;
    s->section = NO_SECTION;
    s->head = s->record->number;
    s->generations = 0;
    r->parts++;
    r->head_end = (struct place){s->record->end, 0, 1};
    return true;
}

/* A part ends. */
static bool take_done(struct reader *r) {
    struct reading *s = r->reading;
    size_t size = s->record->payload_size;
    uint64_t records = part_records(s);
    char text[128];
    if (s->section != NO_SECTION)
        return fail_section(s->records, "comes before generation %" PRIu64 " is complete",
                            r->world.generation);
    if (!record_payload(s->records, size))
        return false;
    const char *payload = (const char *)s->record->payload;
    int length = snprintf(text, sizeof text, "generations %" PRIu64 "\nrecords %" PRIu64 "\n",
                          s->generations, records);
    if (!s->salvaged && (size < (size_t)length || memcmp(payload, text, (size_t)length)))
        return fail_record(s->records, DAMAGED,
                           "DONE: count mismatch: %" PRIu64 " generations in %" PRIu64
                           " records were read",
                           s->generations, records);
    if (!text_is_lines(payload, size))
        return fail_record(s->records, DAMAGED, "DONE: not lines of text");
    s->in_part = false;
    return true;
}

/* Whether the record at hand is of a later generation than the GENE before it, which are then of
   one left out. */
static bool left_out(const struct reader *r) {
    const struct reading *s = r->reading;
    return s->section == TAG_GENE && s->record->tag <= TAG_GENE &&
           s->record->generation > r->world.generation && section_is_difference(&s->decoder);
}

/* A generation begins with the record at hand. */
static bool begin_generation(struct reader *r) {
    struct reading *s = r->reading;
    bool genomes = r->header.sections & GENOMES, first = !s->decoder.follows;
    uint64_t generation = s->record->generation, last = s->decoder.last;
    if (r->generations && (first ? generation < last : generation <= last))
        return fail_section(s->records, "jumps back from generation %" PRIu64, last);
    if (genomes && first && s->record->tag != TAG_POOL)
        return fail_section(s->records, "a part starts with a POOL");
    if (genomes && s->record->tag > TAG_GENE)
        return fail_section(s->records, "POOL or GENE expected");
    s->skipped = s->births_size = 0;
    r->world.generation = generation;
    section_begin_generation(&s->decoder, &r->world);
    return true;
}

/* The births of another generation begin with the record at hand. Those before are of one left out,
   and bounded: a POOL takes the place of more. */
static bool begin_births(struct reader *r) {
    struct reading *s = r->reading;
    uint64_t limit = r->world.cells * (20 + 4 * (uint64_t)r->world.pool.genome) / 4;
    s->skipped += s->births_size;
    s->births_size = 0;
    s->section = NO_SECTION;
    r->world.generation = s->record->generation;
    section_begin_births(&s->decoder, &r->world);
    if (s->skipped > limit)
        return fail_section(s->records,
                            "%" PRIu64 " bytes of births in generations left out before it, "
                            "at most %" PRIu64 " allowed",
                            s->skipped, limit);
    return true;
}

/* Whether the section at hand may come now; begins its generation with the first. */
static bool in_order(struct reader *r) {
    struct reading *s = r->reading;
    enum tag tag = s->record->tag;
    unsigned sections = r->header.sections;
    if (!(sections & section_of[tag]))
        return fail_section(s->records, "its HEAD announces no such section, only %s",
                            sections_text(sections));
    if (s->section == NO_SECTION) {
        if (!begin_generation(r))
            return false;
    } else if (left_out(r)) {
        if (!begin_births(r))
            return false;
    } else if (s->record->generation != r->world.generation)
        return fail_section(s->records, "comes before generation %" PRIu64 " is complete",
                            r->world.generation);

    bool repeated = tag == s->section && tag <= TAG_GENE;
    bool good = tag > s->section || repeated;
    for (enum tag skipped = s->section + 1; skipped < tag; skipped++)
        good = good && !(skipped >= TAG_GIDS && sections & section_of[skipped]);
    if (!good)
        return fail_section(s->records, "not the section that comes after %s",
                            tag_names[s->section]);
    s->section = tag;
    s->births_size += tag == TAG_GENE ? s->record->payload_size : 0;
    return true;
}

/* The last section of the generation at hand has come. */
static void end_generation(struct reader *r, enum read_result *result) {
    struct reading *s = r->reading;
    uint64_t generation = r->world.generation;
    /* a part may start with the generation that the last one ended with: once is enough */
    bool repeat = r->generations && !s->decoder.follows && generation == s->decoder.last;
    section_end_generation(&s->decoder, generation);
    s->section = NO_SECTION;
    s->generations++;
    r->generation_end = (struct place){s->record->end, s->generations, part_records(s)};
    if (!repeat) {
        r->generations++;
        *result = READ_GENERATION;
    } else if (s->decoder.wanted & WANT_REPEATS)
        *result = READ_REPEAT;
}

static bool take_section(struct reader *r, enum read_result *result) {
    struct reading *s = r->reading;
    unsigned sections = r->header.sections;
    enum tag last = sections & STATE ? TAG_STAT : sections & AGES ? TAG_AGES : TAG_GIDS;
    if (!in_order(r) || !section_decode(&s->decoder, &r->world, s->record))
        return false;
    if (s->record->tag == last)
        end_generation(r, result);
    return true;
}

/* Takes the record at hand; *result is what there is to deliver then, if anything. */
static bool take_record(struct reader *r, enum read_result *result) {
    struct reading *s = r->reading;
    enum tag tag = s->record->tag;
    bool waited = s->waiting;
    s->waiting = false;
    if (s->in_part && tag == TAG_HEAD)
        return fail_record(s->records, DAMAGED, "HEAD: the part before it has no DONE");
    if (!s->in_part && tag != TAG_HEAD)
        return fail_record(s->records, DAMAGED, "%s where a HEAD should start the next part",
                           tag_names[tag]);
    if (tag == TAG_HEAD) {
        *result = s->decoder.wanted & WANT_PARTS ? READ_PART : READ_END;
        return take_head(r);
    }
    if (tag == TAG_DONE)
        return take_done(r);
    if (s->decoder.wanted & WANT_BIRTHS && !waited && left_out(r)) {
        s->waiting = true;
        *result = READ_BIRTHS;
        return true;
    }
    return take_section(r, result);
}

/* Reads a record, and counts it. */
static enum record_result read_record(struct reader *r) {
    struct reading *s = r->reading;
    enum record_result found = record_next(s->records, s->in_part, &s->record);
    s->salvaged_from = false;
    if (found == RECORD_FOUND) {
        r->records[s->record->tag]++;
        r->bytes[s->record->tag] += s->record->file_size;
        r->payload[s->record->tag] += s->record->payload_size;
    }
    return found;
}

/* Whether there is a record to take, the one that waits or the next. */
static bool find_record(struct reader *r) {
    struct reading *s = r->reading;
    enum record_result found = s->waiting ? RECORD_FOUND : read_record(r);
    if (found == RECORD_END && s->in_part)
        fail_record(s->records, TRUNCATED,
                    s->section == NO_SECTION
                        ? "truncated: the stream ends here, after generation %" PRIu64
                        : "truncated: the stream ends here, in generation %" PRIu64,
                    r->world.generation);
    return found == RECORD_FOUND;
}

/* What is wrong, if anything, is for the caller to see. */
static void note_error(struct reader *r) {
    const struct record_reader *records = r->reading->records;
    r->fault = record_reader_fault(records);
    snprintf(r->error, sizeof r->error, "%s", record_reader_error(records));
}

struct reader *reader_open(char **files, unsigned wanted) {
    struct reader *r = allocate(1, sizeof *r, "reader");
    struct reading *s = r->reading = allocate(1, sizeof *s, "reader");
    s->records = record_reader_new(files);
    section_decoder_start(&s->decoder, s->records, wanted);
    if (read_record(r) == RECORD_FOUND) {
        if (s->record->tag != TAG_HEAD)
            fail_record(s->records, DAMAGED, "%s where the stream's HEAD should be",
                        tag_names[s->record->tag]);
        else
            take_head(r);
    }
    note_error(r);
    return r;
}

enum read_result reader_next(struct reader *r) {
    enum read_result result = READ_END;
    if (*r->error)
        return READ_ERROR;
    while (result == READ_END && find_record(r) && take_record(r, &result))
        ;
    note_error(r);
    return r->fault ? READ_ERROR : result;
}

/* Whether reading can start at the record at hand: at every HEAD, and in a part whose HEAD is known
   where what follows does not depend on what came before. */
static bool can_start(const struct reader *r) {
    enum tag tag = r->reading->record->tag;
    unsigned sections = r->parts ? r->header.sections : 0;
    return tag == TAG_HEAD || (tag == TAG_POOL && sections & GENOMES) ||
           (tag == TAG_STAT && sections == STATE);
}

/* Goes to the next record, good or not so far, where reading can start. */
static bool find_start(struct reader *r) {
    struct reading *s = r->reading;
    /* a good record that only came at the wrong place */
    bool start = record_is_good(s->records) && !s->salvaged_from && can_start(r);
    while (!start) {
        s->in_part = false; /* so that a file may end here */
        if (!record_skip(s->records))
            return false;
        enum record_result found = read_record(r);
        if (found == RECORD_END || signals_caught() ||
            record_reader_fault(s->records) == UNREADABLE)
            return false;
        start = found == RECORD_FOUND && can_start(r);
    }
    return true;
}

bool reader_salvage(struct reader *r) {
    struct reading *s = r->reading;
    bool start = r->fault != UNREADABLE && find_start(r);
    if (start) {
        record_reader_forget(s->records);
        section_forget(&s->decoder);
        s->waiting = s->salvaged_from = s->salvaged = true;
        s->in_part = s->record->tag != TAG_HEAD;
        s->section = NO_SECTION;
    }
    note_error(r);
    return start;
}

int reader_close(struct reader *r) {
    struct reading *s = r->reading;
    int status = *r->error ? EXIT_FAILED : EXIT_SUCCESS;
    if (status)
        complain("%s", r->error);
    record_reader_free(s->records);
    section_decoder_end(&s->decoder);
    world_free(&r->world);
    header_free(&r->header);
    free(s);
    free(r);
    return status;
}
