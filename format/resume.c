#include "format/resume.h"

#include "common/err.h"
#include "common/output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads the file to its end, by its hashes alone, and finds the place and its generation. */
static struct reader *find_place(struct resume *resume, char **files, uint64_t until,
                                 uint64_t *generation) {
    struct reader *in = reader_open(files, 0);
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

/* Whether a part starts after the fault. Cutting there would lose what nothing here brings back. */
static bool parts_follow(struct reader *in) {
    uint64_t parts = in->parts;
    while (in->parts == parts && reader_salvage(in))
        while (in->parts == parts && reader_next(in) > 0)
            ;
    return in->parts != parts;
}

bool resume_open(struct resume *resume, const char *path, uint64_t until) {
    struct stat status;
    uint64_t generation = 0;
    char *files[] = {(char *)path, NULL}; /* for as long as they are read */
    memset(resume, 0, sizeof *resume);
    resume->path = path;
    resume->file = output_lock(path);
    if (fstat(resume->file, &status))
        die(EXIT_FAILED, "%s:", path);
    if (!S_ISREG(status.st_mode))
        die(EXIT_FAILED, "%s: not a file, which alone can be resumed", path);
    if (!status.st_size)
        return false;

    struct reader *in = find_place(resume, files, until, &generation);
    memcpy(resume->error, in->error, sizeof resume->error);
    if (in->fault == UNREADABLE || (in->fault == DAMAGED && !in->parts))
        die(EXIT_FAILED, "%s", resume->error);
    bool any = in->generations > 0;
    unsigned sections = in->header.sections;
    resume->header = in->header;
    in->header.others = in->header.history = NULL;
    if (*in->error && parts_follow(in))
        die(EXIT_FAILED, "%s; parts follow, which nca-cat --salvage can take", resume->error);
    *in->error = '\0';
    reader_close(in);
    if (!any) {
        header_free(&resume->header);
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
    if (ftruncate(resume->file, size) || lseek(resume->file, size, SEEK_SET) < 0)
        die(EXIT_FAILED, "%s:", resume->path);
    output_continue(resume->file, resume->path);
}
