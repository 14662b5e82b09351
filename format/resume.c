/* SPDX-License-Identifier: MIT */
#include "format/resume.h"

#include "common/err.h"
#include "common/output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads the file to its end, checking hashes only, and finds the place and its generation. */
static struct reader *find_place(struct resume *resume, char **files, uint64_t until,
                                 uint64_t *generation) {
    struct reader *in = reader_open(files, WANT_MODEL);
    uint64_t parts = 0;
    for (bool more = true; more;) {
        more = reader_next(in) > 0;
        if (in->parts != parts) { /* it starts from the generation before */
            parts = in->parts;
            resume->place = in->head_end;
            *generation = resume->last;
        }
        if (!more)
            break;
        uint64_t every = in->header.every;
        resume->last = in->world.generation;
        if (!every || resume->last % every == 0 || resume->last == until ||
            in->generation_end.generations == 1) {
            resume->place = in->generation_end;
            *generation = resume->last;
        }
    }
    resume->there = !*in->error && resume->last == until;
    return in;
}

/* What nca-cat --salvage finds after the first error: another part, or which generations of this
   one. */
struct behind {
    bool part;
    uint64_t generations, first, last;
};

static struct behind look_behind(struct reader *in) {
    struct behind behind = {0};
    while (reader_next(in) > 0) /* up to the error */
        ;
    uint64_t parts = in->parts;
    while (in->parts == parts && reader_salvage(in))
        while (in->parts == parts && reader_next(in) > 0)
            if (in->parts == parts) {
                behind.last = in->world.generation;
                if (!behind.generations++)
                    behind.first = behind.last;
            }
    behind.part = in->parts != parts;
    return behind;
}

/* Ends the program if a cut at the error would lose what the resumed run does not write again. It
   writes generations of this part again, if there is a complete one to start from, but no other
   part. in is at the error. */
static void check_behind(const struct resume *resume, struct reader *in, char **files,
                         uint64_t until) {
    struct behind behind = look_behind(in);
    if (!behind.part && behind.generations) { /* their hashes are right; do they decode? */
        struct reader *closer = reader_open(files, ALL_SECTIONS | WANT_IF_PRESENT);
        behind = look_behind(closer);
        *closer->error = '\0';
        reader_close(closer);
    }
    if (behind.part)
        die(EXIT_FAILED, "%s; more parts follow: recover them with nca-cat --salvage",
            resume->error);
    bool again = resume->place.generations && resume->header.every && behind.last <= until;
    if (behind.generations && !again)
        die(EXIT_FAILED,
            "%s; generations %" PRIu64 " to %" PRIu64
            " follow: recover them with nca-cat --salvage",
            resume->error, behind.first, behind.last);
}

bool resume_open(struct resume *resume, const char *path, uint64_t until) {
    struct stat status;
    uint64_t generation = 0;
    char *files[] = {(char *)path, NULL}; /* for as long as they are read */
    memset(resume, 0, sizeof *resume);
    resume->path = path;
    if (stat(path, &status) && errno == ENOENT) {
        output_check(path);
        resume->file = -1;
        return false;
    }
    resume->file = output_lock(path);
    if (fstat(resume->file, &status))
        die(EXIT_FAILED, "%s:", path);
    if (!status.st_size)
        return false;

    struct reader *in = find_place(resume, files, until, &generation);
    memcpy(resume->error, in->error, sizeof resume->error);
    if (in->fault == UNREADABLE || (in->fault == DAMAGED && !in->parts))
        die(EXIT_FAILED, "%s", resume->error);
    bool any = in->generations > 0;
    unsigned sections = in->header.sections;
    resume->begun = in->parts > 0;
    resume->header = in->header;
    in->header.others = in->header.history = NULL;
    if (*in->error)
        check_behind(resume, in, files, until);
    *in->error = '\0';
    reader_close(in);
    if (!any) {
        resume->place = (struct place){0, 0, 0};
        return false;
    }
    if (sections != ALL_SECTIONS)
        die(EXIT_FAILED, "%s: has no %s, only %s: cannot be resumed", path,
            sections_text(ALL_SECTIONS & ~sections), sections_text(sections));
    if (resume->there)
        return true;

    in = reader_open(files, ALL_SECTIONS);
    while (reader_next(in) > 0 && in->world.generation != generation)
        ;
    if (*in->error)
        exit(reader_close(in));
    resume->world = in->world;
    memset(&in->world, 0, sizeof in->world);
    reader_close(in);
    resume->world.model = resume->header.model; /* its own, where it begins a part */
    return true;
}

void resume_cut(struct resume *resume) {
    off_t size = (off_t)resume->place.offset;
    struct stat status;
    if (resume->file < 0) {
        resume->file = output_lock(resume->path);
        if (fstat(resume->file, &status) || status.st_size)
            die(EXIT_FAILED, "%s: another program has begun it", resume->path);
    }
    if (ftruncate(resume->file, size) || lseek(resume->file, size, SEEK_SET) < 0)
        die(EXIT_FAILED, "%s:", resume->path);
    output_continue(resume->file, resume->path);
}
