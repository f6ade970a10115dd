#include "postgres/snapshots.h"

#include <stdlib.h>
#include <time.h>

#define OF_PARTITION "pipeline = $1::text AND topic = $2::text AND partition = $3::int4"

static const struct pg_statement save_piece = {
    "save_state_piece",
    "INSERT INTO tillstream.engine_snapshot_piece (pipeline, topic, partition, epoch, next_offset, piece, bytes)"
    " SELECT pipeline, topic, partition, epoch, $5::int8, $6::int4, $7::bytea FROM tillstream.source_position"
    " WHERE " OF_PARTITION " AND epoch = $4::int8 ON CONFLICT DO NOTHING"};

static const struct pg_statement save_whole = {
    "save_state",
    "INSERT INTO tillstream.engine_snapshot (pipeline, topic, partition, epoch, next_offset, fingerprint, bytes)"
    " SELECT pipeline, topic, partition, epoch, $5::int8, $6::int8, $7::int8 FROM tillstream.source_position"
    " WHERE " OF_PARTITION " AND epoch = $4::int8 ON CONFLICT DO NOTHING"};

#define OLDER_THAN_THE_SECOND                                                                                                \
    " WHERE " OF_PARTITION " AND (epoch, next_offset) < (SELECT epoch, next_offset FROM tillstream.engine_snapshot"         \
    " WHERE " OF_PARTITION " ORDER BY epoch DESC, next_offset DESC OFFSET 1 LIMIT 1)"

static const struct pg_statement forget_pieces = {
    "forget_state_pieces", "DELETE FROM tillstream.engine_snapshot_piece" OLDER_THAN_THE_SECOND};

static const struct pg_statement forget_states = {"forget_states", "DELETE FROM tillstream.engine_snapshot" OLDER_THAN_THE_SECOND};

#define BEYOND                                                                                                               \
    " s USING unnest($2::text[], $3::int4[]) AS u(topic, partition), tillstream.source_position p"                          \
    " WHERE p.pipeline = $1::text AND p.topic = u.topic AND p.partition = u.partition AND s.pipeline = $1::text"            \
    " AND s.topic = u.topic AND s.partition = u.partition AND s.next_offset > p.next_offset"

static const struct pg_statement forget_pieces_beyond = {
    "forget_state_pieces_beyond", "DELETE FROM tillstream.engine_snapshot_piece" BEYOND};

static const struct pg_statement forget_beyond = {"forget_states_beyond", "DELETE FROM tillstream.engine_snapshot" BEYOND};

static const struct pg_statement list_states = {
    "list_states",
    "SELECT epoch, next_offset, fingerprint, bytes FROM tillstream.engine_snapshot WHERE " OF_PARTITION
    " ORDER BY epoch DESC, next_offset DESC"};

static const struct pg_statement load_piece = {
    "load_state_piece",
    "SELECT bytes FROM tillstream.engine_snapshot_piece WHERE " OF_PARTITION
    " AND epoch = $4::int8 AND next_offset = $5::int8 AND piece = $6::int4"};

void snapshots_done(struct snapshots *snapshots)
{
    for (size_t i = 0; i < sizeof snapshots->columns / sizeof *snapshots->columns; i++)
        copy_buffer_done(&snapshots->columns[i].buffer);
}

/* Numbers as binary parameters; they must outlive the calls. */
struct place {
    uint8_t partition[4], epoch[8], next_offset[8], piece[4], fingerprint[8], bytes[8];
};

static struct pg_call call_of(const struct pg_statement *statement, const struct snapshots *snapshots, const struct position *of,
                              const struct place *place)
{
    struct pg_call call = {.statement = statement};
    call_text(&call, snapshots->pipeline);
    call_text(&call, of->topic);
    call_bytes(&call, place->partition, sizeof place->partition);
    return call;
}

static void call_state(struct pg_call *call, const struct place *place)
{
    call_bytes(call, place->epoch, sizeof place->epoch);
    call_bytes(call, place->next_offset, sizeof place->next_offset);
}

static int64_t clock_us(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at); /* cannot fail for this clock */
    return at.tv_sec * INT64_C(1000000) + at.tv_nsec / 1000;
}

static bool write_piece(struct snapshots *snapshots, struct pg_link *link, const struct position *of, const struct state_piece *piece,
                        bool last, struct pg_failure *failure)
{
    struct place place;
    (void)put_u32(place.partition, (uint32_t)of->partition);
    (void)put_u64(place.epoch, (uint64_t)of->epoch);
    (void)put_u64(place.next_offset, (uint64_t)piece->next_offset);
    (void)put_u32(place.piece, piece->index);
    (void)put_u64(place.fingerprint, piece->fingerprint);
    (void)put_u64(place.bytes, piece->len);
    struct pg_call calls[4] = {
        call_of(&save_piece, snapshots, of, &place), call_of(&save_whole, snapshots, of, &place),
        call_of(&forget_pieces, snapshots, of, &place), call_of(&forget_states, snapshots, of, &place)};
    call_state(&calls[0], &place);
    call_bytes(&calls[0], place.piece, sizeof place.piece);
    call_bytes(&calls[0], piece->bytes + piece->index * (size_t)STATE_PIECE_BYTES, state_piece_len(piece));
    call_state(&calls[1], &place);
    call_bytes(&calls[1], place.fingerprint, sizeof place.fingerprint);
    call_bytes(&calls[1], place.bytes, sizeof place.bytes);
    size_t count = last ? 4 : 1;
    bool ok = pg_run(link, calls, count, failure);
    pg_calls_clear(calls, count);
    return ok;
}

bool snapshots_write(struct snapshots *snapshots, struct pg_link *link, const struct batch *batch, struct write_counts *counts,
                     struct pg_failure *failure)
{
    const struct state_piece *piece = &batch->state;
    if (!piece->bytes)
        return true;
    int64_t start_us = clock_us();
    bool last = piece->index + 1 == state_piece_count(piece->len);
    if (!write_piece(snapshots, link, &batch->advances[piece->slot].from, piece, last, failure))
        return false;
    counts->states += last;
    counts->state_bytes += state_piece_len(piece);
    counts->state_us += (uint64_t)(clock_us() - start_us);
    return true;
}

bool snapshots_forget_beyond(struct snapshots *snapshots, struct pg_link *link, const struct position *positions, size_t count,
                             struct pg_failure *failure)
{
    array_start(&snapshots->columns[0], PG_TEXT);
    array_start(&snapshots->columns[1], PG_INT4);
    for (size_t i = 0; i < count; i++) {
        array_text(&snapshots->columns[0], text_of(positions[i].topic));
        array_int4(&snapshots->columns[1], positions[i].partition);
    }
    struct pg_call calls[2] = {{.statement = &forget_pieces_beyond}, {.statement = &forget_beyond}};
    for (int i = 0; i < 2; i++) {
        call_text(&calls[i], snapshots->pipeline);
        call_array(&calls[i], &snapshots->columns[0]);
        call_array(&calls[i], &snapshots->columns[1]);
    }
    bool ok = pg_run(link, calls, 2, failure);
    pg_calls_clear(calls, 2);
    return ok;
}

/* Appends the pieces that are there, up to len bytes; ret_filled says how far that goes. */
static bool read_pieces(struct snapshots *snapshots, struct pg_link *link, const struct position *of, struct place *place,
                        uint8_t *bytes, size_t len, size_t *ret_filled, struct pg_failure *failure)
{
    *ret_filled = 0;
    for (uint32_t index = 0; *ret_filled < len; index++) {
        struct pg_call call = call_of(&load_piece, snapshots, of, place);
        (void)put_u32(place->piece, index);
        call_state(&call, place);
        call_bytes(&call, place->piece, sizeof place->piece);
        if (!pg_run(link, &call, 1, failure))
            return false;
        struct text piece = PQntuples(call.result) ? get_text(call.result, 0, 0) : (struct text){NULL, 0};
        bool fits = piece.len && piece.len <= len - *ret_filled;
        if (fits)
            memcpy(bytes + *ret_filled, piece.ptr, piece.len);
        *ret_filled += fits ? piece.len : 0;
        pg_calls_clear(&call, 1);
        if (!fits)
            break;
    }
    return true;
}

static bool hand_over(struct snapshots *snapshots, struct pg_link *link, const struct position *of, const PGresult *list, int row,
                      bool (*on_state)(void *ctx, const struct stored_state *state), void *ctx, bool *ret_taken,
                      struct pg_failure *failure)
{
    struct place place;
    (void)put_u32(place.partition, (uint32_t)of->partition);
    (void)put_u64(place.epoch, (uint64_t)get_int8(list, row, 0));
    (void)put_u64(place.next_offset, (uint64_t)get_int8(list, row, 1));
    size_t len = (size_t)get_int8(list, row, 3), filled = 0;
    uint8_t *bytes = malloc(len ? len : 1);
    bool ok = !bytes || read_pieces(snapshots, link, of, &place, bytes, len, &filled, failure);
    const struct stored_state state = {get_int8(list, row, 1), (uint64_t)get_int8(list, row, 2), bytes, filled};
    *ret_taken = ok && on_state(ctx, &state);
    free(bytes);
    return ok;
}

bool snapshots_load(struct snapshots *snapshots, struct pg_link *link, const struct position *of,
                    bool (*on_state)(void *ctx, const struct stored_state *state), void *ctx, struct pg_failure *failure)
{
    struct place place;
    (void)put_u32(place.partition, (uint32_t)of->partition);
    struct pg_call call = call_of(&list_states, snapshots, of, &place);
    if (!pg_run(link, &call, 1, failure))
        return false;
    bool ok = true, taken = false;
    for (int row = 0; ok && !taken && row < PQntuples(call.result); row++)
        ok = hand_over(snapshots, link, of, call.result, row, on_state, ctx, &taken, failure);
    pg_calls_clear(&call, 1);
    return ok;
}
