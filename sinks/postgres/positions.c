#include "postgres/positions.h"

#include <stdlib.h>

static const struct pg_statement take_over = {
    "take_over",
    "INSERT INTO tillstream.source_position AS p (pipeline, topic, partition, next_offset, epoch, owner)"
    " SELECT $1::text, u.topic, u.partition, -1, nextval('tillstream.epoch'), $2::text"
    " FROM unnest($3::text[], $4::int4[]) AS u(topic, partition)"
    " ON CONFLICT (pipeline, topic, partition) DO UPDATE SET epoch = nextval('tillstream.epoch'), owner = excluded.owner,"
    " committed_at = now() RETURNING topic, partition, next_offset, epoch"};

static const struct pg_statement advance = {
    "advance",
    "UPDATE tillstream.source_position p SET next_offset = u.to_offset, owner = $2::text, committed_at = now()"
    " FROM unnest($3::text[], $4::int4[], $5::int8[], $6::int8[], $7::int8[])"
    " AS u(topic, partition, from_offset, epoch, to_offset)"
    " WHERE p.pipeline = $1::text AND p.topic = u.topic AND p.partition = u.partition AND p.epoch = u.epoch"
    " AND p.next_offset = u.from_offset"};

static const struct pg_statement count_arrived = {
    "count_arrived",
    "SELECT count(*) FROM tillstream.source_position p"
    " JOIN unnest($2::text[], $3::int4[], $4::int8[], $5::int8[]) AS u(topic, partition, epoch, to_offset)"
    " ON p.topic = u.topic AND p.partition = u.partition AND p.epoch = u.epoch AND p.next_offset = u.to_offset"
    " WHERE p.pipeline = $1::text"};

static const struct pg_statement note_gap = {
    "note_gap",
    "INSERT INTO tillstream.data_gap (pipeline, topic, partition, from_offset, to_offset)"
    " VALUES ($1::text, $2::text, $3::int4, $4::int8, $5::int8)"
    " ON CONFLICT (pipeline, topic, partition, from_offset) DO UPDATE SET to_offset = excluded.to_offset"};

void positions_done(struct positions *positions)
{
    for (size_t i = 0; i < sizeof positions->columns / sizeof *positions->columns; i++)
        copy_buffer_done(&positions->columns[i].buffer);
}

static int compare_places(const char *topic_a, int32_t partition_a, const char *topic_b, int32_t partition_b)
{
    int order = strcmp(topic_a, topic_b);
    return order ? order : (partition_a > partition_b) - (partition_a < partition_b);
}

static int compare_positions(const void *a, const void *b)
{
    const struct position *left = *(const struct position *const *)a, *right = *(const struct position *const *)b;
    return compare_places(left->topic, left->partition, right->topic, right->partition);
}

static int compare_advances(const void *a, const void *b)
{
    const struct position *left = &(*(const struct advance *const *)a)->from;
    const struct position *right = &(*(const struct advance *const *)b)->from;
    return compare_places(left->topic, left->partition, right->topic, right->partition);
}

static struct position *position_of(struct position *taken, size_t count, struct text topic, int32_t partition)
{
    for (size_t i = 0; i < count; i++)
        if (taken[i].partition == partition && strlen(taken[i].topic) == topic.len &&
            memcmp(taken[i].topic, topic.ptr, topic.len) == 0)
            return &taken[i];
    return NULL;
}

static void fill_taken(struct position *taken, size_t count, const PGresult *rows)
{
    for (int i = 0; i < PQntuples(rows); i++) {
        struct position *position = position_of(taken, count, get_text(rows, i, 0), get_int4(rows, i, 1));
        if (!position)
            continue;
        position->next_offset = get_int8(rows, i, 2);
        position->epoch = get_int8(rows, i, 3);
    }
}

bool positions_take_over(struct positions *positions, struct pg_link *link, struct position *taken, size_t count,
                         struct pg_failure *failure)
{
    const struct position *sorted[POSITIONS_MAX];
    for (size_t i = 0; i < count; i++)
        sorted[i] = &taken[i];
    qsort(sorted, count, sizeof *sorted, compare_positions);
    array_start(&positions->columns[0], PG_TEXT);
    array_start(&positions->columns[1], PG_INT4);
    for (size_t i = 0; i < count; i++) {
        array_text(&positions->columns[0], text_of(sorted[i]->topic));
        array_int4(&positions->columns[1], sorted[i]->partition);
    }
    struct pg_call call = {.statement = &take_over};
    call_text(&call, positions->pipeline);
    call_text(&call, positions->owner);
    call_array(&call, &positions->columns[0]);
    call_array(&call, &positions->columns[1]);
    if (!pg_run(link, &call, 1, failure))
        return false;
    fill_taken(taken, count, call.result);
    pg_calls_clear(&call, 1);
    return true;
}

/* The advances that move anything, in the order in which everybody locks. */
static size_t moved(const struct advance *advances, size_t advance_count, const struct advance **ret_sorted)
{
    size_t count = 0;
    for (size_t i = 0; i < advance_count; i++)
        if (advances[i].next_offset != advances[i].from.next_offset)
            ret_sorted[count++] = &advances[i];
    qsort(ret_sorted, count, sizeof *ret_sorted, compare_advances);
    return count;
}

enum { TOPIC, PARTITION, FROM, EPOCH, TO };

static size_t fill_columns(struct positions *positions, const struct advance *advances, size_t advance_count)
{
    const struct advance *sorted[POSITIONS_MAX];
    size_t count = moved(advances, advance_count, sorted);
    struct pg_array *columns = positions->columns;
    array_start(&columns[TOPIC], PG_TEXT);
    array_start(&columns[PARTITION], PG_INT4);
    for (int i = FROM; i <= TO; i++)
        array_start(&columns[i], PG_INT8);
    for (size_t i = 0; i < count; i++) {
        array_text(&columns[TOPIC], text_of(sorted[i]->from.topic));
        array_int4(&columns[PARTITION], sorted[i]->from.partition);
        array_int8(&columns[FROM], sorted[i]->from.next_offset);
        array_int8(&columns[EPOCH], sorted[i]->from.epoch);
        array_int8(&columns[TO], sorted[i]->next_offset);
    }
    return count;
}

bool positions_advance(struct positions *positions, struct pg_link *link, const struct advance *advances,
                       size_t advance_count, bool *ret_owner, struct pg_failure *failure)
{
    size_t count = fill_columns(positions, advances, advance_count);
    struct pg_call call = {.statement = &advance};
    call_text(&call, positions->pipeline);
    call_text(&call, positions->owner);
    for (int i = TOPIC; i <= TO; i++)
        call_array(&call, &positions->columns[i]);
    if (!pg_run(link, &call, 1, failure))
        return false;
    *ret_owner = strtoull(PQcmdTuples(call.result), NULL, 10) == count;
    pg_calls_clear(&call, 1);
    return true;
}

bool positions_arrived(struct positions *positions, struct pg_link *link, const struct advance *advances,
                       size_t advance_count, bool *ret_arrived, struct pg_failure *failure)
{
    size_t count = fill_columns(positions, advances, advance_count);
    struct pg_call call = {.statement = &count_arrived};
    call_text(&call, positions->pipeline);
    call_array(&call, &positions->columns[TOPIC]);
    call_array(&call, &positions->columns[PARTITION]);
    call_array(&call, &positions->columns[EPOCH]);
    call_array(&call, &positions->columns[TO]);
    if (!pg_run(link, &call, 1, failure))
        return false;
    *ret_arrived = count > 0 && get_int8(call.result, 0, 0) == (int64_t)count;
    pg_calls_clear(&call, 1);
    return true;
}

bool positions_note_gap(struct positions *positions, struct pg_link *link, const struct data_gap *gap,
                        struct pg_failure *failure)
{
    uint8_t partition[4], from[8], to[8];
    (void)put_u32(partition, (uint32_t)gap->position.partition);
    (void)put_u64(from, (uint64_t)gap->position.next_offset);
    (void)put_u64(to, (uint64_t)gap->to_offset);
    struct pg_call call = {.statement = &note_gap};
    call_text(&call, positions->pipeline);
    call_text(&call, gap->position.topic);
    call_bytes(&call, partition, sizeof partition);
    call_bytes(&call, from, sizeof from);
    call_bytes(&call, to, sizeof to);
    bool ok = pg_run(link, &call, 1, failure);
    pg_calls_clear(&call, 1);
    return ok;
}
