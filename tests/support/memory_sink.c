#include "support/memory_sink.h"

#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "core/metric.h"

#define POSITION_ROOM 64
#define STATE_ROOM 256 /* the two newest of every position, and one on its way in */

struct stored_row {
    uint64_t key; /* hash of the row's key, 0: free */
    int64_t revision;
    struct hash128 content;
    uint64_t row_hash, lines;
    int64_t gross_minor, net_minor, platform_fee_minor, spend_minor;
    bool is_order;
};

struct table {
    struct stored_row *rows;
    size_t room, count;
};

struct memory_state {
    size_t position; /* index in positions */
    int64_t next_offset;
    uint64_t fingerprint;
    uint8_t *bytes;
    size_t len, filled;
};

struct memory_sink {
    struct sink sink; /* first: the vtable is the object */
    struct table rows, rejects, anomalies, incidents;
    struct position positions[POSITION_ROOM];
    char topics[POSITION_ROOM][64];
    size_t position_count;
    struct memory_state states[STATE_ROOM];
    size_t state_count;
    uint64_t writes, fail_at, anomalies_raised, incidents_told;
    enum memory_failure failure;
    bool count_only;
    uint64_t counted_orders, counted_lines;
};

static struct stored_row *slot_of(struct table *table, uint64_t key)
{
    size_t i = key & (table->room - 1);
    while (table->rows[i].key && table->rows[i].key != key)
        i = (i + 1) & (table->room - 1);
    return &table->rows[i];
}

static struct stored_row *row_of(struct table *table, uint64_t key)
{
    if (table->count * 2 >= table->room) {
        struct table larger = {.room = table->room ? table->room * 2 : 1024, .count = table->count};
        larger.rows = calloc(larger.room, sizeof *larger.rows);
        if (!larger.rows)
            abort();
        for (size_t i = 0; i < table->room; i++)
            if (table->rows[i].key)
                *slot_of(&larger, table->rows[i].key) = table->rows[i];
        free(table->rows);
        *table = larger;
    }
    struct stored_row *row = slot_of(table, key ? key : 1);
    if (!row->key) {
        row->key = key ? key : 1;
        row->revision = INT64_MIN;
        table->count++;
    }
    return row;
}

static bool wins(const struct stored_row *row, int64_t revision, struct hash128 content)
{
    if (revision != row->revision)
        return revision > row->revision;
    if (content.hi != row->content.hi)
        return content.hi > row->content.hi;
    return content.lo > row->content.lo;
}

static void store_order(struct memory_sink *self, const struct order_fact *fact)
{
    struct stored_row *row = row_of(&self->rows, fact->order->order_hash.lo ^ fact->order->order_hash.hi);
    if (!wins(row, fact->revision, fact->content_hash))
        return;
    uint64_t key = row->key;
    *row = (struct stored_row){.key = key,
                               .is_order = true,
                               .revision = fact->revision,
                               .content = fact->content_hash,
                               .row_hash = fact->row_hash,
                               .lines = fact->line_count};
    for (uint32_t i = 0; fact->booked && i < fact->line_count; i++) {
        row->gross_minor += fact->lines[i].gross_minor;
        row->net_minor += fact->lines[i].net_minor;
        row->platform_fee_minor += fact->lines[i].platform_fee_minor;
    }
}

static void store_ad_spend(struct memory_sink *self, const struct ad_spend_fact *fact)
{
    struct stored_row *row = row_of(&self->rows, ~(fact->spend->row_hash.lo ^ fact->spend->row_hash.hi));
    if (!wins(row, fact->revision, fact->content_hash))
        return;
    uint64_t key = row->key;
    *row = (struct stored_row){.key = key,
                               .revision = fact->revision,
                               .content = fact->content_hash,
                               .row_hash = fact->columns_hash,
                               .spend_minor = fact->spend->spend_minor};
}

static void store_reject(struct memory_sink *self, const struct batch *batch, const struct reject *reject)
{
    const struct position *from = &batch->advances[reject->origin.slot].from;
    uint64_t key = hash64(from->topic, strlen(from->topic)) ^ (uint64_t)from->partition << 48 ^
                   (uint64_t)reject->origin.offset * UINT64_C(0x9e3779b97f4a7c15);
    row_of(&self->rejects, key)->row_hash = (uint64_t)reject->reason;
}

static uint64_t series_key(const struct shop *shop, enum metric metric, enum dimension dimension, struct text key)
{
    return hash64(key.ptr, key.len) ^ shop->hash * 3 ^ ((uint64_t)metric << 8 | dimension) * UINT64_C(0xd6e8feb86659fd93);
}

static uint64_t hash_double(double value)
{
    return hash64(&value, sizeof value);
}

/* A telling has a row of its own: one that comes again adds to it, which shows in the digest. Rates may be told again, as they were. */
static bool store_telling(struct table *table, enum metric metric, uint64_t key, uint64_t hash)
{
    struct stored_row *row = row_of(table, key);
    if (metric_rule(metric)->feed == FEED_RATES && row->row_hash == hash)
        return false;
    row->row_hash += hash;
    return true;
}

static void store_anomaly(struct memory_sink *self, const struct anomaly_fact *anomaly)
{
    uint64_t key = series_key(anomaly->shop, anomaly->metric, anomaly->dimension, anomaly->key) ^
                   hash64(&anomaly->window_start_us, sizeof anomaly->window_start_us) ^ (uint64_t)anomaly->edits << 40;
    uint64_t hash = hash_double(anomaly->z_raw) ^ hash_double(anomaly->expected) ^ anomaly->withdrawn;
    self->anomalies_raised += store_telling(&self->anomalies, anomaly->metric, key, hash);
}

static void store_incident(struct memory_sink *self, const struct incident_fact *incident)
{
    uint64_t key = series_key(incident->shop, incident->metric, incident->dimension, incident->key) ^
                   hash64(&incident->opened_us, sizeof incident->opened_us) ^ (uint64_t)incident->revision << 40;
    uint64_t hash = hash_double(incident->z_calibrated) ^ hash_double(incident->value) ^
                    hash64(&incident->last_us, sizeof incident->last_us) ^ ((uint64_t)incident->status << 32 | incident->bucket_count);
    self->incidents_told += store_telling(&self->incidents, incident->metric, key, hash);
}

static void store_all(struct memory_sink *self, const struct batch *batch)
{
    const struct facts *facts = &batch->facts;
    for (size_t i = 0; i < facts->order_count; i++) {
        self->counted_orders++;
        self->counted_lines += facts->orders[i].line_count;
        if (!self->count_only)
            store_order(self, &facts->orders[i]);
    }
    for (size_t i = 0; !self->count_only && i < facts->ad_spend_count; i++)
        store_ad_spend(self, &facts->ad_spends[i]);
    for (size_t i = 0; !self->count_only && i < facts->anomaly_count; i++)
        store_anomaly(self, &facts->anomalies[i]);
    for (size_t i = 0; !self->count_only && i < facts->incident_count; i++)
        store_incident(self, &facts->incidents[i]);
    for (size_t i = 0; i < batch->reject_count; i++)
        store_reject(self, batch, &batch->rejects[i]);
}

static struct position *position_of(struct memory_sink *self, const char *topic, int32_t partition)
{
    for (size_t i = 0; i < self->position_count; i++)
        if (self->positions[i].partition == partition && strcmp(self->positions[i].topic, topic) == 0)
            return &self->positions[i];
    size_t i = self->position_count++;
    if (i >= POSITION_ROOM || strlen(topic) >= sizeof self->topics[i])
        abort();
    strcpy(self->topics[i], topic);
    self->positions[i] = (struct position){.topic = self->topics[i], .partition = partition, .next_offset = -1};
    return &self->positions[i];
}

static void drop_state(struct memory_sink *self, size_t index)
{
    free(self->states[index].bytes);
    memmove(&self->states[index], &self->states[index + 1], (--self->state_count - index) * sizeof *self->states);
}

static void forget_states_beyond(struct memory_sink *self, size_t position, int64_t next_offset)
{
    for (size_t i = self->state_count; i-- > 0;) {
        const struct memory_state *state = &self->states[i];
        if (state->position == position && (state->next_offset > next_offset || state->filled < state->len))
            drop_state(self, i);
    }
}

/* Keeps the two newest whole ones. */
static void forget_old_states(struct memory_sink *self, size_t position)
{
    for (size_t i = self->state_count, seen = 0; i-- > 0;)
        if (self->states[i].position == position && ++seen > 2)
            drop_state(self, i);
}

static void store_state(struct memory_sink *self, const struct batch *batch, struct write_counts *counts)
{
    const struct state_piece *piece = &batch->state;
    if (!piece->bytes)
        return;
    const struct position *from = &batch->advances[piece->slot].from;
    size_t position = (size_t)(position_of(self, from->topic, from->partition) - self->positions);
    if (piece->index == 0) {
        if (self->state_count == STATE_ROOM)
            abort();
        self->states[self->state_count++] = (struct memory_state){position, piece->next_offset, piece->fingerprint,
                                                                  malloc(piece->len), piece->len, 0};
        if (!self->states[self->state_count - 1].bytes)
            abort();
    }
    struct memory_state *state = &self->states[self->state_count - 1]; /* one is on its way at a time */
    size_t at = piece->index * (size_t)STATE_PIECE_BYTES;
    if (state->position != position || state->filled != at)
        abort();
    memcpy(state->bytes + at, piece->bytes + at, state_piece_len(piece));
    state->filled += state_piece_len(piece);
    counts->state_bytes += state_piece_len(piece);
    if (state->filled < state->len)
        return;
    counts->states++;
    forget_old_states(self, position);
}

static enum sink_result memory_take_over(struct sink *sink, struct position *positions, size_t count, struct err *err)
{
    struct memory_sink *self = (struct memory_sink *)sink;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        struct position *held = position_of(self, positions[i].topic, positions[i].partition);
        held->epoch++;
        positions[i].next_offset = held->next_offset;
        positions[i].epoch = held->epoch;
        forget_states_beyond(self, (size_t)(held - self->positions), held->next_offset);
    }
    return SINK_OK;
}

static enum sink_result memory_load_states(struct sink *sink, const struct position *of,
                                           bool (*on_state)(void *ctx, const struct stored_state *state), void *ctx, struct err *err)
{
    struct memory_sink *self = (struct memory_sink *)sink;
    size_t position = (size_t)(position_of(self, of->topic, of->partition) - self->positions);
    (void)err;
    for (size_t i = self->state_count; i-- > 0;) {
        const struct memory_state *state = &self->states[i];
        const struct stored_state stored = {state->next_offset, state->fingerprint, state->bytes, state->len};
        if (state->position == position && state->filled == state->len && on_state(ctx, &stored))
            break;
    }
    return SINK_OK;
}

static enum sink_result memory_load_shops(struct sink *sink, void (*on_shop)(void *ctx, const struct known_shop *shop),
                                          void *ctx, struct err *err)
{
    (void)sink, (void)on_shop, (void)ctx, (void)err; /* shops are learnt from the log again */
    return SINK_OK;
}

static enum sink_result memory_start_at(struct sink *sink, const struct position *from, int64_t next_offset,
                                        struct err *err)
{
    (void)err;
    position_of((struct memory_sink *)sink, from->topic, from->partition)->next_offset = next_offset;
    return SINK_OK;
}

static enum sink_result memory_note_gap(struct sink *sink, const struct data_gap *gap, struct err *err)
{
    (void)sink, (void)gap, (void)err;
    return SINK_OK;
}

static bool is_owner(struct memory_sink *self, const struct batch *batch)
{
    for (uint32_t i = 0; i < batch->advance_count; i++) {
        const struct position *from = &batch->advances[i].from;
        const struct position *held = position_of(self, from->topic, from->partition);
        if (held->epoch != from->epoch || held->next_offset != from->next_offset)
            return false;
    }
    return true;
}

static void move_positions(struct memory_sink *self, const struct batch *batch)
{
    for (uint32_t i = 0; i < batch->advance_count; i++) {
        const struct advance *advance = &batch->advances[i];
        position_of(self, advance->from.topic, advance->from.partition)->next_offset = advance->next_offset;
    }
}

static enum memory_failure failure_now(struct memory_sink *self)
{
    return ++self->writes == self->fail_at ? self->failure : MEMORY_WORKS;
}

static enum sink_result memory_write(struct sink *sink, struct batch *batch, struct write_counts *counts, struct err *err)
{
    struct memory_sink *self = (struct memory_sink *)sink;
    enum memory_failure failure = failure_now(self);
    if (failure == MEMORY_FENCES)
        for (size_t i = 0; i < self->position_count; i++)
            self->positions[i].epoch++;
    if (!is_owner(self, batch)) {
        (void)err_set(err, ERR_RETRY, EXIT_CODE_AGAIN, "epoch changed");
        return SINK_FENCED;
    }
    if (failure != MEMORY_LOSES_BEFORE) {
        store_all(self, batch);
        move_positions(self, batch);
        store_state(self, batch, counts);
        counts->rejects += batch->reject_count;
    }
    if (failure == MEMORY_WORKS)
        return SINK_OK;
    (void)err_set(err, ERR_RETRY, EXIT_CODE_UNAVAILABLE, "lost the connection");
    return SINK_RETRY;
}

static enum sink_result memory_idle(struct sink *sink, struct err *err)
{
    (void)sink, (void)err;
    return SINK_OK;
}

static void memory_close(struct sink *sink)
{
    struct memory_sink *self = (struct memory_sink *)sink;
    free(self->rows.rows);
    free(self->rejects.rows);
    free(self->anomalies.rows);
    free(self->incidents.rows);
    while (self->state_count)
        drop_state(self, 0);
    free(self);
}

struct sink *memory_sink_new(void)
{
    struct memory_sink *self = calloc(1, sizeof *self);
    if (!self)
        abort();
    self->sink = (struct sink){memory_take_over, memory_load_shops, memory_load_states, memory_start_at,
                               memory_note_gap,  memory_write,      memory_idle,        memory_close};
    return &self->sink;
}

void memory_sink_keep(struct sink *sink, bool keep)
{
    ((struct memory_sink *)sink)->count_only = !keep;
}

void memory_sink_fail(struct sink *sink, uint64_t nth, enum memory_failure failure)
{
    struct memory_sink *self = (struct memory_sink *)sink;
    self->fail_at = self->writes + nth;
    self->failure = failure;
}

static uint64_t digest_of(const struct table *table)
{
    uint64_t digest = 0;
    for (size_t i = 0; i < table->room; i++)
        if (table->rows[i].key)
            digest += hash64(&table->rows[i].row_hash, 8) * (table->rows[i].key | 1);
    return digest;
}

void memory_sink_totals(const struct sink *sink, struct memory_sink_totals *ret_totals)
{
    const struct memory_sink *self = (const struct memory_sink *)sink;
    *ret_totals = (struct memory_sink_totals){.rejects = self->rejects.count,
                                              .anomalies = self->anomalies.count,
                                              .anomalies_raised = self->anomalies_raised,
                                              .anomaly_digest = digest_of(&self->anomalies),
                                              .incidents = self->incidents.count,
                                              .incidents_told = self->incidents_told,
                                              .incident_digest = digest_of(&self->incidents),
                                              .states = self->state_count,
                                              .writes = self->writes,
                                              .digest = digest_of(&self->rows) ^ digest_of(&self->rejects) * 3};
    if (self->count_only) {
        ret_totals->orders = self->counted_orders;
        ret_totals->lines = self->counted_lines;
    }
    for (size_t i = 0; i < self->rows.room; i++) {
        const struct stored_row *row = &self->rows.rows[i];
        if (!row->key)
            continue;
        ret_totals->orders += row->is_order;
        ret_totals->ad_spends += !row->is_order;
        ret_totals->lines += row->lines;
        ret_totals->gross_minor += row->gross_minor;
        ret_totals->net_minor += row->net_minor;
        ret_totals->platform_fee_minor += row->platform_fee_minor;
        ret_totals->ad_spend_minor += row->spend_minor;
    }
}

int64_t memory_sink_position(const struct sink *sink, const char *topic, int32_t partition)
{
    return position_of((struct memory_sink *)sink, topic, partition)->next_offset;
}

void memory_sink_rewind(struct sink *sink)
{
    struct memory_sink *self = (struct memory_sink *)sink;
    for (size_t i = 0; i < self->position_count; i++)
        self->positions[i].next_offset = -1;
}

void memory_sink_forget_states(struct sink *sink)
{
    struct memory_sink *self = (struct memory_sink *)sink;
    while (self->state_count)
        drop_state(self, 0);
}

void memory_sink_spoil_states(struct sink *sink, size_t count)
{
    struct memory_sink *self = (struct memory_sink *)sink;
    for (size_t position = 0; position < self->position_count; position++)
        for (size_t i = self->state_count, seen = 0; i-- > 0;)
            if (self->states[i].position == position && seen++ < count)
                self->states[i].bytes[self->states[i].len / 2] ^= 4;
}
