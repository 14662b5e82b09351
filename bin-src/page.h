/* SPDX-License-Identifier: MIT */
/* The page of nca-play, bin-src/play.html, as bin-src/page.sh builds it into the program. */
#ifndef NCA_PAGE_H
#define NCA_PAGE_H

/* What comes before the data, and behind them. */
extern const char page_begin[], page_end[];

enum { PAGE_BLOCK = 90 }; /* letters around a block of data, about */

#endif
