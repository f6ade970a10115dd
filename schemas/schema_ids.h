/*
 * Which schema id stands for which of the schemas that the program carries: schemas/avro/ids.yaml, where no registry says it.
 */
#ifndef SCHEMAS_SCHEMA_IDS_H
#define SCHEMAS_SCHEMA_IDS_H

#include "common/embedded.h"
#include "common/err.h"
#include "schemas/event.h"

#define SCHEMA_IDS_MAX 64

struct schema_id {
    enum event_kind kind;
    int32_t id;
    const struct embedded_file *file; /* the .avsc */
};

/* In the order of the file: the last one of a kind is the one that is written. */
struct schema_ids {
    struct schema_id entries[SCHEMA_IDS_MAX];
    size_t count;
};

bool schema_ids_load(struct schema_ids *ret_ids, struct err *err);
/* The newest id of a list of ids.yaml that is no kind of event. false with err. */
bool schema_ids_find(const char *list, int32_t *ret_id, struct err *err);
const struct schema_id *schema_ids_newest(const struct schema_ids *ids, enum event_kind kind);

#endif
