/*
 * Named places at which a fault test lets the process die as by kill -9. TILLSTREAM_CRASH_AT=name:count kills it when the place
 * has been passed count times. Only builds with TILLSTREAM_FAULTS have them: elsewhere the macro is nothing.
 */
#ifndef COMMON_CRASH_POINT_H
#define COMMON_CRASH_POINT_H

#ifdef TILLSTREAM_FAULTS
void crash_point(const char *name);
#else
#define crash_point(name) ((void)0)
#endif

#endif
