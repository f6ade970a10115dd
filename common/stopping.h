/*
 * SIGTERM and SIGINT as a flag that loops look at; a second one ends the program at once. SIGHUP as another flag. Signals arrive once
 * in the program, so this is its one piece of global state.
 */
#ifndef COMMON_STOPPING_H
#define COMMON_STOPPING_H

#include <stdatomic.h>
#include <stdbool.h>

/* Installs the handlers; SIGPIPE is ignored. */
void stopping_install(void);

/* True once SIGTERM or SIGINT has come; lives for ever. */
const atomic_bool *stopping_flag(void);

/* True once after every SIGHUP. */
bool stopping_take_reload(void);

/* True when stopping has been asked for more than 10 s ago: time to give up what cannot be finished. For should_stop. */
bool stopping_is_overdue(void *ctx);

#endif
