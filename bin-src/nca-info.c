/* SPDX-License-Identifier: MIT */
/* nca-info: prints what a stream contains, and verifies it. */
#include "bin-src/program.h"
#include "common/err.h"
#include "common/escape.h"
#include "common/options.h"
#include "common/output.h"
#include "common/signals.h"
#include "format/digest.h"
#include "format/stream.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECK_ALL = 256, DIGEST };

static const struct option_spec specs[] = {
    {CHECK_ALL, "check", NULL, "decode and verify everything, not only hashes and order", true},
    {DIGEST, "digest", NULL, "print only a digest of the content", true},
    OPTIONS_COMMON,
};

static void print_header(const struct reader *in) {
    char *text = header_text(&in->header);
    size_t capacity = ESCAPED * strlen(text) + 1;
    char *shown = allocate(capacity, 1, "header");
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0'; /* a header may hold anything else */
        escape_text(shown, capacity, line);
        puts(shown);
    }
    putchar('\n');
    free(shown);
    free(text);
}

/* The digest of the last generation, and of all. */
static void print_digest(struct reader *in) {
    struct digest *digest = digest_new();
    char one[DIGEST_TEXT], all[DIGEST_TEXT];
    while (reader_next(in) > 0)
        digest_generation(digest, &in->header, &in->world, one);
    if (in->generations && !*in->error && !signals_caught()) {
        digest_all(digest, all);
        printf("%s  generation %" PRIu64 "\n", one, in->world.generation);
        printf("%s  all %" PRIu64 " generations\n", all, in->generations);
    }
    digest_free(digest);
}

/* The counts of records and bytes, section by section. */
static void print_sections(const struct reader *in) {
    uint64_t records = 0, bytes = 0, payload = 0;
    printf("# section\trecords\tbytes\tpayload\n");
    for (enum tag tag = TAG_HEAD; tag < TAGS; tag++) {
        printf("%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", tag_names[tag], in->records[tag],
               in->bytes[tag], in->payload[tag]);
        records += in->records[tag];
        bytes += in->bytes[tag];
        payload += in->payload[tag];
    }
    printf("all\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", records, bytes, payload);
}

/* Headers as they come, then what the whole stream has. */
static void print_summary(struct reader *in, bool check) {
    print_header(in);

    uint64_t first = 0, last = 0; /* generations */
    uint64_t left_out = 0;        /* headers that are not printed */
    for (enum read_result got; !signals_caught() && (got = reader_next(in)) > 0;)
        if (got == READ_PART && in->payload[TAG_HEAD] > MAX_HEADER_BYTES)
            left_out++;
        else if (got == READ_PART)
            print_header(in);
        else {
            last = in->world.generation;
            if (in->generations == 1)
                first = last;
        }
    if (left_out)
        printf("%" PRIu64 " more headers: %u bytes of them are printed at most\n\n", left_out,
               MAX_HEADER_BYTES);
    printf("generations %" PRIu64, in->generations);
    if (in->generations)
        printf(", %" PRIu64 " to %" PRIu64, first, last);
    printf("\n\n");
    print_sections(in);
    if (check && !*in->error && !signals_caught())
        puts("\nevery record is good");
}

int main(int argc, char **argv) {
    struct options options = {
        "[FILE]...",
        "Prints a stream's headers and history, its generations, and the bytes "
        "of each section.",
        .specs = specs, .example = "nca-info --check run.zst"};
    bool check = false, digest = false;
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        *(key == DIGEST ? &digest : &check) = true;

    unsigned wanted = check || digest ? ALL_SECTIONS | WANT_IF_PRESENT : 0;
    wanted |= (check ? WANT_CHECK : 0) | (digest ? 0 : WANT_PARTS);
    struct reader *in = program_input(argv + optind, wanted);
    program_output(&options, false);
    if (digest)
        print_digest(in);
    else
        print_summary(in, check);
    return program_end(&options, in);
}
