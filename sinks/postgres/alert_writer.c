#include "postgres/alert_writer.h"

void alert_writer_done(struct alert_writer *writer)
{
    for (int i = 0; i < ALERT_COLUMNS; i++)
        copy_buffer_done(&writer->columns[i].buffer);
    copy_buffer_done(&writer->channels.buffer);
}

void alert_writer_start(struct alert_writer *writer, const enum pg_type *types, size_t count)
{
    for (size_t i = 0; i < count; i++)
        array_start(&writer->columns[i], types[i]);
}

bool alert_writer_run(struct alert_writer *writer, const struct pg_statement *statement, size_t count, struct pg_failure *failure)
{
    struct pg_call call = {.statement = statement};
    array_start(&writer->channels, PG_TEXT);
    if (writer->to_topic)
        array_text(&writer->channels, text_of(CHANNEL_TOPIC));
    if (writer->to_webhook)
        array_text(&writer->channels, text_of(CHANNEL_WEBHOOK));
    call_text(&call, writer->pipeline);
    call_array(&call, &writer->channels);
    for (size_t i = 0; i < count; i++)
        call_array(&call, &writer->columns[i]);
    bool ok = pg_run(writer->link, &call, 1, failure);
    pg_calls_clear(&call, 1);
    return ok;
}
