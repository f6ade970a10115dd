#include "cli/incident_text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cli/page.h"
#include "cli/sparkline.h"
#include "schemas/json_out.h"

#define SECOND_US INT64_C(1000000)
#define HOUR_US (3600 * SECOND_US)
#define MONEY_MAX 9e15 /* what a double holds to the unit */

enum unit { UNIT_MONEY, UNIT_COUNT, UNIT_RATIO };

static enum unit unit_of(struct text metric)
{
    static const char *const counts[] = {"orders", "units", "clicks", "hourly_orders", "source_silent"};
    static const char *const ratios[] = {"discount_share", "margin", "refund_rate", "roas", "conversion"};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (text_same(metric, text_of(counts[i])))
            return UNIT_COUNT;
    for (size_t i = 0; i < sizeof ratios / sizeof *ratios; i++)
        if (text_same(metric, text_of(ratios[i])))
            return UNIT_RATIO;
    return UNIT_MONEY;
}

struct figure figure_metric(struct text metric, double value, int32_t amount_scale)
{
    enum unit unit = unit_of(metric);
    struct figure figure;
    if (unit == UNIT_MONEY && fabs(value) < MONEY_MAX)
        return figure_money(llround(value), amount_scale);
    if (unit == UNIT_COUNT && fabs(value) < MONEY_MAX && value == round(value))
        return figure_money(llround(value), 0);
    (void)snprintf(figure.text, sizeof figure.text, unit == UNIT_COUNT ? "%.1f" : "%.4g", value);
    return figure;
}

/* What is told of one incident. */
struct incident_telling {
    struct page page;
    const struct incident_page *settings;
    const struct loaded_incident *incident;
    const struct shop_policy *policy;
};

static struct figure instant(const struct incident_telling *telling, int64_t at_us)
{
    return figure_instant(at_us, telling->policy->zone);
}

static struct figure width_figure(int64_t width_us)
{
    struct figure figure;
    int64_t hours = width_us / HOUR_US;
    if (hours > 0 && hours % 24 == 0 && hours > 24)
        (void)snprintf(figure.text, sizeof figure.text, "%" PRId64 " days", hours / 24);
    else if (hours == 1 || (hours >= 23 && hours <= 25)) /* the day on which clocks change */
        (void)snprintf(figure.text, sizeof figure.text, hours == 1 ? "hour" : "day");
    else
        (void)snprintf(figure.text, sizeof figure.text, "%" PRId64 " hours", hours);
    return figure;
}

static void tell_head(const struct incident_telling *telling)
{
    const struct incident_columns *columns = &telling->incident->columns;
    page_head(&telling->page, PAGE_NO_COLUMNS, "%.*s  %.*s: %.*s%s%.*s%s%.*s %.*s what was expected", (int)columns->status.len,
              columns->status.ptr, (int)columns->shop_id.len, columns->shop_id.ptr, (int)columns->metric.len, columns->metric.ptr,
              columns->key.len ? " of " : "", columns->key.len ? (int)columns->dimension.len : 0, columns->dimension.ptr,
              columns->key.len ? " " : "", (int)columns->key.len, columns->key.ptr, (int)columns->direction.len,
              columns->direction.ptr);
}

static void tell_times(const struct incident_telling *telling)
{
    const struct incident_columns *columns = &telling->incident->columns;
    const char *zone = telling->policy->zone_name ? telling->policy->zone_name : "UTC";
    bool open = columns->closed_us == EVENT_ABSENT;
    page_detail(&telling->page, "since", "%s%s%s%s%s (%s)", instant(telling, columns->opened_us).text,
                open ? ", last seen " : " to ", instant(telling, columns->last_us).text, open ? "" : ", closed ",
                open ? "" : instant(telling, columns->closed_us).text, zone);
}

/* A single value stands out beyond the range that is shown; one within it was told because the mean of it and those before it did. The row
 * does not say of how many. */
static bool is_of_mean(const struct incident_columns *columns)
{
    return columns->width_us > 0 && columns->value >= columns->lower && columns->value <= columns->upper && columns->lower < columns->upper;
}

static void tell_peak(const struct incident_telling *telling)
{
    const struct loaded_incident *incident = telling->incident;
    const struct incident_columns *columns = &incident->columns;
    int32_t scale = incident->amount_scale;
    bool money = unit_of(columns->metric) == UNIT_MONEY;
    double change = columns->expected > 0 || columns->expected < 0 ? (columns->value / columns->expected - 1) * 100 : NAN;
    char percent[32] = "";
    if (isfinite(change) && fabs(change) < 100000)
        (void)snprintf(percent, sizeof percent, " (%+.0f %%)", change);
    page_detail(&telling->page, "value", "%.*s%s%s against %s expected%s; ordinary is %s to %s",
                money ? (int)incident->currency.len : 0, incident->currency.ptr, money && incident->currency.len ? " " : "",
                figure_metric(columns->metric, columns->value, scale).text, figure_metric(columns->metric, columns->expected, scale).text,
                percent, figure_metric(columns->metric, columns->lower, scale).text,
                figure_metric(columns->metric, columns->upper, scale).text);
    page_detail(&telling->page, "at", "%s%s%s, z %.1f%s, %.*s",
                (columns->width_us >= 23 * HOUR_US ? figure_boundary : figure_instant)(columns->peak_us, telling->policy->zone).text,
                columns->width_us > 0 ? ", the " : "", columns->width_us > 0 ? width_figure(columns->width_us).text : "",
                columns->z_calibrated, is_of_mean(columns) ? " (the mean of several up to it)" : "", (int)columns->severity.len,
                columns->severity.ptr);
}

/* When a bucket of the series begins; place: counted from its first. Those wider than an hour keep to the shop's clocks. */
static int64_t bucket_at(const struct loaded_incident *incident, const struct zone *zone, int64_t place)
{
    int64_t opened_us = incident->columns.opened_us, width_us = incident->series.width_us;
    int64_t away_us = (incident->series.start_us - opened_us) + place * width_us;
    if (width_us <= HOUR_US || !zone)
        return opened_us + away_us;
    return zone_to_utc_us(zone, opened_us + zone_offset_s(zone, opened_us) * SECOND_US + away_us);
}

static bool stands_within(const struct incident_columns *columns, int64_t start_us, int64_t end_us)
{
    return end_us > columns->opened_us &&
           (start_us < columns->last_us || (start_us <= columns->opened_us && columns->last_us <= columns->opened_us));
}

/* A day is told without the hour at which it begins. */
static struct figure series_start(const struct incident_telling *telling)
{
    int64_t start_us = bucket_at(telling->incident, telling->policy->zone, 0);
    return telling->incident->series.width_us % (24 * HOUR_US) ? instant(telling, start_us)
                                                               : figure_boundary(start_us, telling->policy->zone);
}

static void tell_series(const struct incident_telling *telling)
{
    const struct incident_columns *columns = &telling->incident->columns;
    const struct loaded_series *series = &telling->incident->series;
    struct sparkline line;
    char marks[SERIES_VALUES_MAX + 1] = "";
    if (series->state == SERIES_SLOW)
        page_detail(&telling->page, "series", "the database needed too long for it");
    if (series->state != SERIES_THERE)
        return;
    sparkline_make(series->values, series->count, columns->lower, columns->upper, telling->settings->unicode, &line);
    for (size_t i = 0; i < series->count; i++)
        marks[i] = stands_within(columns, bucket_at(telling->incident, telling->policy->zone, (int64_t)i),
                                 bucket_at(telling->incident, telling->policy->zone, (int64_t)i + 1))
                       ? '^'
                       : ' ';
    for (size_t end = series->count; end && marks[end - 1] == ' '; end--)
        marks[end - 1] = '\0';
    page_detail(&telling->page, "series", "%s", line.text);
    page_detail(&telling->page, "", "%s", marks);
    page_detail(&telling->page, "", "a character per %s from %s, as the warehouse has it now; expected %s to %s",
                width_figure(series->width_us).text, series_start(telling).text, sparkline_glyph(&line, columns->lower),
                sparkline_glyph(&line, columns->upper));
}

static void tell(const struct incident_telling *telling)
{
    const struct incident_columns *columns = &telling->incident->columns;
    tell_head(telling);
    tell_times(telling);
    tell_peak(telling);
    if (columns->bucket_count > 1 || columns->child_count)
        page_detail(&telling->page, "extent", "%d stood out; incidents of narrower keys that it holds: %d", (int)columns->bucket_count,
                    (int)columns->child_count);
    if (columns->hypothesis.len)
        page_detail(&telling->page, "reason", "%.*s", (int)columns->hypothesis.len, columns->hypothesis.ptr);
    tell_series(telling);
    if (!telling->incident->intact)
        page_warning(&telling->page, "the stored row is not the one that was written: see `tillstream verify`");
}

void incidents_print_text(const struct incident_page *page, const struct loaded_incidents *loaded)
{
    for (size_t i = 0; i < loaded->count; i++) {
        const struct loaded_incident *incident = &loaded->incidents[i];
        const struct incident_telling telling = {.page = {page->out, page->colour, incident->amount_scale},
                                                 .settings = page,
                                                 .incident = incident,
                                                 .policy = shop_policies_of(page->policies, incident->columns.shop_id)};
        if (i)
            page_gap(&telling.page);
        tell(&telling);
    }
    if (!loaded->count)
        (void)fputs("no incidents\n", page->out);
}

static void put_series(struct json_out *json, const struct loaded_incident *incident, const struct zone *zone)
{
    const struct loaded_series *series = &incident->series;
    if (series->state != SERIES_THERE) {
        json_string(json, "series", NULL);
        return;
    }
    json_begin(json, "series", '{');
    json_number(json, "start", bucket_at(incident, zone, 0));
    json_number(json, "width_us", series->width_us);
    json_begin(json, "values", '[');
    for (size_t i = 0; i < series->count; i++)
        json_double(json, NULL, series->values[i]);
    json_end(json, ']');
    json_end(json, '}');
}

static void put_incident(struct json_out *json, const struct loaded_incident *incident, const struct zone *zone)
{
    const struct incident_columns *columns = &incident->columns;
    json_begin(json, NULL, '{');
    json_text(json, "shop_id", columns->shop_id);
    json_text(json, "status", columns->status);
    json_text(json, "metric", columns->metric);
    json_text(json, "dimension", columns->dimension);
    json_text(json, "key", columns->key);
    json_text(json, "severity", columns->severity);
    json_text(json, "direction", columns->direction);
    json_number(json, "opened_at", columns->opened_us);
    json_number(json, "last_at", columns->last_us);
    json_number(json, "closed_at", columns->closed_us);
    json_number(json, "peak_at", columns->peak_us);
    json_number(json, "width_us", columns->width_us);
    json_double(json, "value", columns->value);
    json_double(json, "expected", columns->expected);
    json_double(json, "lower", columns->lower);
    json_double(json, "upper", columns->upper);
    json_double(json, "z_calibrated", columns->z_calibrated);
    json_flag(json, "of_mean", is_of_mean(columns));
    json_number(json, "bucket_count", columns->bucket_count);
    json_number(json, "child_count", columns->child_count);
    json_number(json, "revision", columns->revision);
    json_text(json, "hypothesis", columns->hypothesis);
    json_text(json, "currency", incident->currency);
    json_number(json, "amount_scale", incident->amount_scale);
    json_flag(json, "intact", incident->intact);
    put_series(json, incident, zone);
    json_end(json, '}');
}

void incidents_print_json(const struct incident_page *page, const struct loaded_incidents *loaded)
{
    struct json_out json = {.out = page->out};
    json_begin(&json, NULL, '{');
    json_begin(&json, "incidents", '[');
    for (size_t i = 0; i < loaded->count; i++)
        put_incident(&json, &loaded->incidents[i], shop_policies_of(page->policies, loaded->incidents[i].columns.shop_id)->zone);
    json_end(&json, ']');
    json_end(&json, '}');
    (void)fputc('\n', page->out);
}
