/* INT, TERM and USR1 ask a program to finish what is in hand; batch systems send them too. */
#ifndef NCA_SIGNALS_H
#define NCA_SIGNALS_H

#include <stdbool.h>

/* From here on the first INT, TERM or USR1 is only noted; a second of the same, a tenth of a
   second later or more, ends at once. */
void signals_catch(void);

/* The signal noted, or 0. */
int signals_caught(void);

/* Waits until there is something to read from this descriptor, which may be one that does not
   block: true; or until a signal has been noted, even before the call: false. */
bool signals_wait(int file);

/* The exit status owed to it: 0 for none and USR1, else 128 + its number. */
int signals_status(void);

#endif
