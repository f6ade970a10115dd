#include "postgres/side_writer.h"

static const struct pg_statement insert_rejects = {
    "insert_rejects",
    "INSERT INTO tillstream.quarantine (pipeline, topic, partition, \"offset\", reason, detail, key, value)"
    " SELECT $1::text, * FROM unnest($2::text[], $3::int4[], $4::int8[], $5::text[], $6::text[], $7::bytea[], $8::bytea[])"
    " AS u(topic, partition, \"offset\", reason, detail, key, value) ORDER BY topic COLLATE \"C\", partition, \"offset\""
    " ON CONFLICT (pipeline, topic, partition, \"offset\") DO NOTHING"};

void side_writer_done(struct side_writer *writer)
{
    for (int i = 0; i < SIDE_COLUMNS; i++)
        copy_buffer_done(&writer->columns[i].buffer);
}

static bool run(struct side_writer *writer, struct pg_link *link, struct pg_call *call, int columns,
                struct pg_failure *failure)
{
    for (int i = 0; i < columns; i++)
        call_array(call, &writer->columns[i]);
    bool ok = pg_run(link, call, 1, failure);
    pg_calls_clear(call, 1);
    return ok;
}

bool rejects_write(struct side_writer *writer, struct pg_link *link, const char *pipeline, const struct batch *batch,
                   const struct reject *rejects, size_t count, struct pg_failure *failure)
{
    static const enum pg_type types[] = {PG_TEXT, PG_INT4, PG_INT8, PG_TEXT, PG_TEXT, PG_BYTEA, PG_BYTEA};
    int column_count = sizeof types / sizeof *types;
    if (!count)
        return true;
    for (int i = 0; i < column_count; i++)
        array_start(&writer->columns[i], types[i]);
    for (size_t i = 0; i < count; i++) {
        const struct reject *reject = &rejects[i];
        const struct position *source = &batch->advances[reject->origin.slot].from;
        array_text(&writer->columns[0], text_of(source->topic));
        array_int4(&writer->columns[1], source->partition);
        array_int8(&writer->columns[2], reject->origin.offset);
        array_text(&writer->columns[3], text_of(reason_name(reject->reason)));
        array_text(&writer->columns[4], reject->detail);
        array_text(&writer->columns[5], reject->key);
        array_text(&writer->columns[6], reject->value);
    }
    struct pg_call call = {.statement = &insert_rejects};
    call_text(&call, pipeline);
    return run(writer, link, &call, column_count, failure);
}
