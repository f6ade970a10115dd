#include "postgres/version_writer.h"

#include <stdio.h>
#include <stdlib.h>

#include "postgres/fact_writer.h"

int compare_revisions(int64_t a, struct hash128 a_content, int64_t b, struct hash128 b_content)
{
    if (a != b)
        return a < b ? -1 : 1;
    if (a_content.hi != b_content.hi)
        return a_content.hi < b_content.hi ? -1 : 1;
    return (a_content.lo > b_content.lo) - (a_content.lo < b_content.lo);
}

static bool hashes_equal(struct hash128 a, struct hash128 b)
{
    return a.lo == b.lo && a.hi == b.hi;
}

/* Empties a table of keys that is never more than half full; returns its mask. */
static size_t clear_keys(struct fact_writer *writer, size_t count)
{
    size_t room = 64;
    while (room < count * 2)
        room *= 2;
    writer_slots(writer, room);
    memset(writer->slots, 0, room * sizeof *writer->slots);
    return room - 1;
}

void versions_fold(struct fact_writer *writer, size_t count, versioned_at *at, uint64_t *duplicate, uint64_t *stale)
{
    size_t mask = clear_keys(writer, count);
    for (size_t i = 0; i < count; i++) {
        struct versioned row = at(writer, i);
        size_t slot = row.key.lo & mask;
        while (writer->slots[slot] && !hashes_equal(at(writer, writer->slots[slot] - 1).key, row.key))
            slot = (slot + 1) & mask;
        int order = 1;
        if (writer->slots[slot]) {
            struct versioned held = at(writer, writer->slots[slot] - 1);
            order = compare_revisions(row.revision, row.content, held.revision, held.content);
            *duplicate += order == 0;
            *stale += order != 0;
            (order > 0 ? held : row).version->action = ROW_SKIP;
        }
        if (order > 0)
            writer->slots[slot] = (uint32_t)i + 1;
    }
}

static void start_keys(struct fact_writer *writer, const struct version_kind *kind)
{
    for (int i = 0; i < kind->columns; i++)
        writer_column(writer, i, kind->types[i]);
}

static void add_key(struct fact_writer *writer, const struct version_kind *kind, size_t i, int64_t revision, struct hash128 content)
{
    kind->add_key(writer, i);
    array_int8(&writer->columns[kind->columns - 2], revision);
    array_uuid(&writer->columns[kind->columns - 1], content);
}

/* Fills the columns with what is asked for and writer->slots with where it stands. No answer will mean a duplicate. */
static size_t add_questions(struct fact_writer *writer, const struct version_kind *kind, size_t count)
{
    size_t asked = 0;
    writer_slots(writer, count);
    start_keys(writer, kind);
    for (size_t i = 0; i < count; i++) {
        struct versioned row = kind->at(writer, i);
        if (!row.version || row.version->action == ROW_SKIP)
            continue;
        row.version->action = ROW_SKIP;
        add_key(writer, kind, i, row.revision, row.content);
        writer->slots[asked++] = (uint32_t)i;
    }
    return asked;
}

static void take_answer(const struct versioned *row, const PGresult *rows, int i, const struct version_counts *counts)
{
    struct version *version = row->version;
    version->action = ROW_WHOLE;
    if (PQgetisnull(rows, i, 1)) {
        ++*counts->fresh;
        return;
    }
    version->old_revision = get_int8(rows, i, 1);
    version->old_content = get_uuid(rows, i, 2);
    version->replaces = compare_revisions(row->revision, row->content, version->old_revision, version->old_content) > 0;
    if (!version->replaces)
        version->action = ROW_SKIP;
    ++*(version->replaces ? counts->revised : counts->stale);
}

bool versions_ask(struct fact_writer *writer, const struct version_kind *kind, size_t count, const struct version_counts *counts,
                  struct pg_failure *failure)
{
    PGresult *rows;
    size_t asked = add_questions(writer, kind, count);
    if (!asked)
        return true;
    if (!writer_run(writer, kind->ask, kind->columns, &rows, failure))
        return false;
    *counts->duplicate += asked - (size_t)PQntuples(rows);
    for (int i = 0; i < PQntuples(rows); i++) {
        size_t at = writer->slots[get_int8(rows, i, 0) - 1];
        struct versioned row = kind->at(writer, at);
        take_answer(&row, rows, i, counts);
        if (kind->take && row.version->action != ROW_SKIP)
            kind->take(writer, at, rows, i);
    }
    PQclear(rows);
    return true;
}

bool versions_remove_old(struct fact_writer *writer, const struct version_kind *kind, size_t count, struct pg_failure *failure)
{
    PGresult *removed;
    char text[96];
    size_t replaced = 0;
    start_keys(writer, kind);
    for (size_t i = 0; i < count; i++) {
        struct versioned row = kind->at(writer, i);
        if (!row.version || !row.version->replaces)
            continue;
        add_key(writer, kind, i, row.version->old_revision, row.version->old_content);
        replaced++;
    }
    if (!replaced)
        return true;
    if (!writer_run(writer, kind->remove, kind->columns, &removed, failure))
        return false;
    bool all = strtoull(PQcmdTuples(removed), NULL, 10) == replaced;
    PQclear(removed);
    (void)snprintf(text, sizeof text, "PostgreSQL: another process changed %s of this batch", kind->what);
    return all || pg_fail_as(failure, PG_AGAIN, "40001", text);
}
