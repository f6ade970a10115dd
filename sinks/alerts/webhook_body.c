#include "alerts/webhook.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "schemas/json_out.h"

/* Closes what was written to; NULL where any of it failed. */
static char *finish(FILE *out, char **body)
{
    bool good = !ferror(out);
    if (fclose(out) == 0 && good)
        return *body;
    free(*body);
    return NULL;
}

static void put_id(struct json_out *json, struct hash128 id)
{
    char text[ALERT_ID_CHARS + 1];
    alert_id_text(id, text);
    json_string(json, "id", text);
}

/* What a chat room would show. */
static void put_text(struct json_out *json, const struct alert *alert)
{
    char text[2048];
    bool of_key = alert->key.len > 0;
    (void)snprintf(text, sizeof text, "%.*s %.*s: %.*s%s%.*s%s%.*s is %.*s what was expected%s%.*s", (int)alert->kind.len,
                   alert->kind.ptr, (int)alert->status.len, alert->status.ptr, (int)alert->metric.len, alert->metric.ptr,
                   of_key ? " of " : "", of_key ? (int)alert->dimension.len : 0, alert->dimension.ptr, of_key ? " " : "",
                   of_key ? (int)alert->key.len : 0, alert->key.ptr, (int)alert->direction.len, alert->direction.ptr,
                   alert->hypothesis.len ? "; " : "", (int)alert->hypothesis.len, alert->hypothesis.len ? alert->hypothesis.ptr : "");
    json_string(json, "text", text);
}

char *webhook_alert_body(const struct alert *alert, size_t *ret_len)
{
    char *body = NULL;
    FILE *out = open_memstream(&body, ret_len);
    struct json_out json = {.out = out};
    if (!out)
        return NULL;
    json_begin(&json, NULL, '{');
    put_id(&json, alert->id);
    json_text(&json, "kind", alert->kind);
    json_text(&json, "shop_id", alert->shop_id);
    put_text(&json, alert);
    json_text(&json, "status", alert->status);
    json_text(&json, "metric", alert->metric);
    json_text(&json, "dimension", alert->dimension);
    json_text(&json, "key", alert->key);
    json_text(&json, "severity", alert->severity);
    json_text(&json, "direction", alert->direction);
    json_number(&json, "opened_at", alert->since_us);
    json_number(&json, "last_at", alert->until_us);
    json_number(&json, "closed_at", alert->closed_us);
    json_number(&json, "width_us", alert->width_us);
    json_double(&json, "value", alert->value);
    json_double(&json, "expected", alert->expected);
    json_double(&json, "lower", alert->lower);
    json_double(&json, "upper", alert->upper);
    json_double(&json, "z_calibrated", alert->z_calibrated);
    json_number(&json, "bucket_count", alert->bucket_count);
    json_number(&json, "child_count", alert->child_count);
    json_number(&json, "revision", alert->revision);
    json_text(&json, "hypothesis", alert->hypothesis);
    json_text(&json, "currency", alert->currency);
    json_number(&json, "amount_scale", alert->amount_scale);
    json_number(&json, "committed_at", alert->committed_us);
    json_end(&json, '}');
    return finish(out, &body);
}

char *webhook_held_body(const struct held_alerts *held, size_t *ret_len)
{
    char *body = NULL, text[512];
    FILE *out = open_memstream(&body, ret_len);
    struct json_out json = {.out = out};
    if (!out)
        return NULL;
    (void)snprintf(text, sizeof text, "%" PRId64 " more alert%s of shop %.*s in that hour: see `tillstream incidents`", held->count,
                   held->count == 1 ? "" : "s", (int)held->shop_id.len, held->shop_id.ptr);
    json_begin(&json, NULL, '{');
    put_id(&json, held->id);
    json_string(&json, "kind", "held_back");
    json_text(&json, "shop_id", held->shop_id);
    json_string(&json, "text", text);
    json_number(&json, "hour", held->hour_us);
    json_number(&json, "count", held->count);
    json_end(&json, '}');
    return finish(out, &body);
}
