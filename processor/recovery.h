/*
 * How an engine gets to where the sink stands, when its lane is taken over:
 *   1. The newest state in the sink whose checksums, layout and configuration fit is loaded; where it does not fit the one
 *      before it is, and each refusal is said. It is the engine before the record at its offset.
 *   2. Without one the engine starts empty at the log's beginning, and that is said.
 *   3. The records from there to the sink's position are read again. The engine sees them; nothing of what it makes of them is
 *      written, refused, or counted, because it was before. From the position on the lane goes on as ever.
 *   4. Where the log no longer holds all of these records (retention), the engine goes on from what there is, which is said too:
 *      its statistics then lack those records, and no others.
 * A lane that the sink has no position of starts empty, and nothing is read twice.
 */
#ifndef PROCESSOR_RECOVERY_H
#define PROCESSOR_RECOVERY_H

#include "processor/source.h"

struct lane;
struct pipeline;

/* Gives the lane its engine and fills where its records are read from. The lane's position and next_offset are set; fresh: the
 * sink had no position. */
bool recovery_begin(struct pipeline *pipeline, struct lane *lane, struct assigned *assigned, bool fresh, struct err *err);

/* The engine has not seen all records before the lane's position. */
bool recovery_is_behind(const struct lane *lane);

/* Feeds one of those records to the engine. */
void recovery_feed(struct pipeline *pipeline, struct lane *lane, const struct record *record);

/* The log has been read up to the lane's position, or beyond: there may be no record just before it. */
void recovery_end(struct pipeline *pipeline, struct lane *lane);

#endif
