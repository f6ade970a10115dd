#include "postgres/batch_writer.h"

#include <stdlib.h>
#include <string.h>

bool batch_writer_init(struct batch_writer *writer, struct pg_link *link, struct dims *dims, const char *pipeline)
{
    writer->link = link;
    writer->dims = dims;
    writer->pipeline = pipeline;
    writer->alerts.link = link;
    writer->alerts.dims = dims;
    writer->alerts.pipeline = pipeline;
    return fact_writer_init(&writer->facts, link, dims);
}

void batch_writer_done(struct batch_writer *writer)
{
    fact_writer_done(&writer->facts);
    alert_writer_done(&writer->alerts);
    side_writer_done(&writer->side);
    free(writer->refused);
}

static bool roll_back_part(struct batch_writer *writer, struct pg_failure *failure)
{
    dims_rolled_back(writer->dims);
    return pg_do(writer->link, "ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part", failure);
}

/* One attempt under a savepoint. Where the transaction is still good after a failure it stands where it stood before. */
static bool attempt(struct batch_writer *writer, struct batch *batch, struct fact_range range, enum write_mode mode,
                    struct pg_failure *failure)
{
    if (!pg_do(writer->link, "SAVEPOINT part", failure))
        return false;
    if (fact_writer_write(&writer->facts, batch, range, mode, failure))
        return pg_do(writer->link, "RELEASE SAVEPOINT part", failure);
    struct pg_failure in_rollback = {0};
    if (failure->kind == PG_REFUSED && !roll_back_part(writer, &in_rollback))
        *failure = in_rollback;
    return false;
}

static void refuse(struct batch_writer *writer, struct batch *batch, struct origin origin, const struct shop *shop,
                   const struct pg_failure *failure)
{
    if (writer->refused_count == writer->refused_room) {
        writer->refused_room = writer->refused_room ? writer->refused_room * 2 : 16;
        writer->refused = realloc(writer->refused, writer->refused_room * sizeof *writer->refused);
        if (!writer->refused)
            abort();
    }
    struct text detail = {arena_copy(&batch->arena, failure->text, strlen(failure->text)),
                          (uint32_t)strlen(failure->text)};
    writer->refused[writer->refused_count++] =
        (struct reject){.origin = origin, .reason = REASON_DATABASE_REFUSED, .detail = detail, .key = shop->id};
}

static void refuse_fact(struct batch_writer *writer, struct batch *batch, size_t index, const struct pg_failure *failure)
{
    const struct facts *facts = &batch->facts;
    size_t spend = index - facts->order_count, refund = spend - facts->ad_spend_count, settlement = refund - facts->refund_count,
           version = settlement - facts->settlement_count;
    if (index < facts->order_count)
        refuse(writer, batch, facts->orders[index].origin, facts->orders[index].shop, failure);
    else if (spend < facts->ad_spend_count)
        refuse(writer, batch, facts->ad_spends[spend].origin, facts->ad_spends[spend].shop, failure);
    else if (refund < facts->refund_count)
        refuse(writer, batch, facts->refunds[refund].origin, facts->refunds[refund].shop, failure);
    else if (settlement < facts->settlement_count)
        refuse(writer, batch, facts->settlements[settlement].origin, facts->settlements[settlement].shop, failure);
    else
        refuse(writer, batch, facts->catalog[version].origin, facts->catalog[version].shop, failure);
}

/* A range that was asked for tells whether asking was worth it. */
static void learn(struct batch_writer *writer, enum write_mode mode, struct write_counts *counts)
{
    write_counts_add(counts, &writer->facts.counts);
    writer->delta_rows += writer->facts.product_rows;
    if (mode == WRITE_ASKING && writer->facts.vouched_asked)
        writer->asks_first = writer->facts.vouched_there > 0;
}

/* Depth is the logarithm of the batch. */
static bool write_range(struct batch_writer *writer, struct batch *batch, struct fact_range range, enum write_mode mode,
                        struct write_counts *counts, struct pg_failure *failure)
{
    if (range.first == range.last)
        return true;
    if (attempt(writer, batch, range, mode, failure)) {
        learn(writer, mode, counts);
        return true;
    }
    if (failure->kind != PG_REFUSED)
        return false;
    if (mode == WRITE_STRAIGHT && pg_failed_as(failure, "23505")) {
        counts->fallbacks++;
        writer->asks_first = true;
        return write_range(writer, batch, range, WRITE_ASKING, counts, failure);
    }
    if (range.last - range.first == 1) {
        refuse_fact(writer, batch, range.first, failure);
        return true;
    }
    size_t middle = range.first + (range.last - range.first) / 2;
    return write_range(writer, batch, (struct fact_range){range.first, middle}, WRITE_ASKING, counts, failure) &&
           write_range(writer, batch, (struct fact_range){middle, range.last}, WRITE_ASKING, counts, failure);
}

/* Anomalies and incidents of a batch as one sequence: [first, last). */
static bool write_alerts_of(struct batch_writer *writer, struct batch *batch, struct fact_range range, struct pg_failure *failure)
{
    const struct facts *facts = &batch->facts;
    size_t count = facts->anomaly_count, from = range.first < count ? range.first : count, to = range.last < count ? range.last : count;
    return dims_resolve(writer->dims, writer->link, facts, failure) &&
           anomalies_write(&writer->alerts, batch, facts->anomalies + from, to - from, failure) &&
           incidents_write(&writer->alerts, batch, facts->incidents + (range.first - from), (range.last - to) - (range.first - from),
                           failure);
}

static void refuse_alert(struct batch_writer *writer, struct batch *batch, size_t index, const struct pg_failure *failure)
{
    const struct facts *facts = &batch->facts;
    const struct incident_fact *incident = facts->incidents + (index - facts->anomaly_count);
    if (index < facts->anomaly_count)
        refuse(writer, batch, facts->anomalies[index].origin, facts->anomalies[index].shop, failure);
    else
        refuse(writer, batch, incident->origin, incident->shop, failure);
}

static bool write_alerts(struct batch_writer *writer, struct batch *batch, struct fact_range range, struct pg_failure *failure)
{
    if (range.first == range.last)
        return true;
    if (!pg_do(writer->link, "SAVEPOINT part", failure))
        return false;
    if (write_alerts_of(writer, batch, range, failure))
        return pg_do(writer->link, "RELEASE SAVEPOINT part", failure);
    if (failure->kind != PG_REFUSED || !roll_back_part(writer, failure))
        return false;
    if (range.last - range.first == 1) {
        refuse_alert(writer, batch, range.first, failure);
        return true;
    }
    size_t middle = range.first + (range.last - range.first) / 2;
    return write_alerts(writer, batch, (struct fact_range){range.first, middle}, failure) &&
           write_alerts(writer, batch, (struct fact_range){middle, range.last}, failure);
}

static bool write_rejects(struct batch_writer *writer, struct batch *batch, struct write_counts *counts,
                          struct pg_failure *failure)
{
    counts->rejects += batch->reject_count + writer->refused_count;
    return rejects_write(&writer->side, writer->link, writer->pipeline, batch, batch->rejects, batch->reject_count,
                         failure) &&
           rejects_write(&writer->side, writer->link, writer->pipeline, batch, writer->refused, writer->refused_count,
                         failure);
}

bool batch_writer_write(struct batch_writer *writer, struct batch *batch, struct write_counts *counts,
                        struct pg_failure *failure)
{
    const struct facts *facts = &batch->facts;
    size_t count = facts->order_count + facts->ad_spend_count + facts->refund_count + facts->settlement_count + facts->catalog_count;
    writer->refused_count = 0;
    return write_range(writer, batch, (struct fact_range){0, count}, writer->asks_first ? WRITE_ASKING : WRITE_STRAIGHT,
                       counts, failure) &&
           write_alerts(writer, batch, (struct fact_range){0, facts->anomaly_count + facts->incident_count}, failure) &&
           write_rejects(writer, batch, counts, failure);
}
