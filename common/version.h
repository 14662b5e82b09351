/* SPDX-License-Identifier: MIT */
/* The version of the programs, and the commit that they were built from. That of the stream is in
   format/record.h. */
#ifndef NCA_VERSION_H
#define NCA_VERSION_H

/* Streams record this in their history, so that it is all that may change their bytes. */
#define NCA_VERSION "0.1.0"

/* The first 12 digits of the commit, with "-modified" if the sources had been changed since; "" if
   that is not known. Made by common/commit.sh. */
extern const char nca_commit[];

#endif
