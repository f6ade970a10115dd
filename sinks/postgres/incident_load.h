/*
 * Incidents as the warehouse holds them, newest first, and the series around each, read from the facts as they are now: what late events
 * and revisions have changed since is in it.
 */
#ifndef POSTGRES_INCIDENT_LOAD_H
#define POSTGRES_INCIDENT_LOAD_H

#include "postgres/alert_writer.h"

#define SERIES_VALUES_MAX 48
#define SERIES_LEAD 20 /* buckets shown before the first one of the incident */
#define SERIES_TAIL 6  /* and behind the last one */

struct incident_filter {
    const char *shop_id, *metric; /* NULL: all */
    bool only_open;
    int64_t since_us;             /* not over before that; EVENT_ABSENT: all */
    int32_t limit;
};

enum series_state {
    SERIES_THERE,
    SERIES_NONE, /* the warehouse has no facts that would make up this metric */
    SERIES_SLOW  /* the database needed too long for it */
};

struct loaded_series {
    enum series_state state;
    int64_t start_us, width_us;
    size_t count;
    double values[SERIES_VALUES_MAX]; /* in the metric's unit; NAN: nothing to divide by */
};

struct loaded_incident {
    struct incident_columns columns; /* of which incident_row_hash is made */
    bool intact;                     /* the row is the one that was written */
    int32_t shop_key, amount_scale;
    struct text currency;
    struct loaded_series series;
};

/* Points into its result: never copied. */
struct loaded_incidents {
    bool shop_found;
    struct loaded_incident *incidents;
    size_t count;
    PGresult *rows;
};

/* Reads only. false with err. A zeroed *ret_loaded is given to pg_incidents_done either way. */
bool pg_incidents_load(const struct pg_settings *settings, const struct incident_filter *filter, struct loaded_incidents *ret_loaded,
                       struct err *err);
void pg_incidents_done(struct loaded_incidents *loaded);

/* The series of one incident, through an open connection: at most SERIES_VALUES_MAX buckets of its width (an hour for single events). */
bool incident_series_load(struct pg_link *link, struct loaded_incident *incident, struct pg_failure *failure);

#endif
