#include "postgres/pg_sink.h"

#include <stdio.h>

#include "postgres/pg_migrate.h"

/* The first right that this role lacks, in words; no row where it lacks none. What is asked for is what 0004_rights.sql grants. */
static const struct pg_statement missing_right = {
    "missing_right",
    "SELECT format('%s on %s', r.privilege, r.object) FROM (VALUES ('tillstream.source_position', 'INSERT'),"
    " ('tillstream.source_position', 'UPDATE'), ('tillstream.quarantine', 'INSERT'), ('tillstream.data_gap', 'INSERT'),"
    " ('tillstream.rule_set', 'INSERT'), ('warehouse.dim_shop', 'INSERT'), ('warehouse.dim_shop', 'UPDATE'),"
    " ('warehouse.fact_orders', 'INSERT'), ('warehouse.fact_orders', 'DELETE'), ('warehouse.fact_sales', 'INSERT'),"
    " ('warehouse.fact_sales', 'DELETE'), ('warehouse.fact_ad_spend', 'INSERT'), ('warehouse.fact_ad_spend', 'DELETE'),"
    " ('warehouse.ad_spend_version', 'INSERT'), ('warehouse.refund_fee_rule', 'INSERT'),"
    " ('warehouse.fact_settlements', 'INSERT'), ('warehouse.fact_settlements', 'DELETE'),"
    " ('warehouse.fact_anomaly', 'INSERT'), ('warehouse.fact_anomaly', 'UPDATE'), ('warehouse.fact_incident', 'INSERT'),"
    " ('warehouse.fact_incident', 'UPDATE'), ('tillstream.alert_outbox', 'INSERT'), ('tillstream.alert_outbox', 'DELETE'),"
    " ('tillstream.alert_budget', 'INSERT'), ('tillstream.alert_budget', 'UPDATE'), ('tillstream.alert_budget', 'DELETE'),"
    " ('warehouse.agg_daily_sales', 'INSERT'),"
    " ('warehouse.agg_daily_sales', 'UPDATE'), ('warehouse.agg_daily_sales', 'DELETE'),"
    " ('warehouse.agg_product_delta', 'INSERT'), ('warehouse.agg_product_delta', 'DELETE'),"
    " ('warehouse.agg_product_base', 'INSERT'), ('warehouse.agg_product_base', 'UPDATE')) AS r(object, privilege)"
    " WHERE NOT has_table_privilege(r.object, r.privilege) LIMIT 1"};

static bool check_rights(struct pg_link *link, struct pg_failure *failure)
{
    struct pg_call call = {.statement = &missing_right};
    if (!pg_run(link, &call, 1, failure))
        return false;
    bool good = PQntuples(call.result) == 0;
    if (!good) {
        char text[ERR_TEXT_MAX];
        (void)snprintf(text, sizeof text,
                       "PostgreSQL: the role %s lacks %s: grant it tillstream_ingest, or run `tillstream migrate` as the owner",
                       PQuser(link->conn), PQgetvalue(call.result, 0, 0));
        (void)pg_fail_as(failure, PG_STOPS, "42501", text);
    }
    pg_calls_clear(&call, 1);
    return good;
}

bool pg_probe(const struct pg_sink_config *config, struct err *err)
{
    const struct pg_settings settings = {.dsn = config->dsn,
                                         .password = config->password,
                                         .sslmode = config->sslmode,
                                         .application_name = config->application_name,
                                         .session_sql = "SET search_path = pg_catalog"};
    struct pg_link link = {.settings = &settings};
    struct pg_failure failure = {0};
    bool good = pg_link_open(&link, &failure) && pg_check_version(&link, &failure) && check_rights(&link, &failure);
    pg_link_close(&link);
    if (!good)
        pg_failure_to_err(&failure, err);
    return good;
}
