/* INT, TERM and USR1 ask a program to finish what is in hand; batch systems send them too. */
#ifndef NCA_SIGNALS_H
#define NCA_SIGNALS_H

/* From here on the first INT, TERM or USR1 is only noted; a second of the same, a tenth of a
   second later or more, ends at once. */
void signals_catch(void);

/* The signal noted, or 0. */
int signals_caught(void);

/* The exit status owed to it: 0 for none and USR1, else 128 + its number. */
int signals_status(void);

#endif
