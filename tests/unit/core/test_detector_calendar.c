/* What known events of a shop do to what its detector learns and tells. */
#include <math.h>

#include <criterion/criterion.h>

#include "core/calendar.h"
#include "core/detector_internal.h"
#include "detector_bench.h"

/* A detector whose shop knows one event of [from_hour, to_hour); the calendar lives as long as the test. */
static struct bench known_event_bench(struct detector_config config, enum calendar_action action, double factor, int64_t from_hour,
                                      int64_t to_hour)
{
    static struct calendar_event event;
    static struct calendar_span spans[CALENDAR_SPANS(1)];
    static struct calendar calendar;
    static struct shop_policy policy;
    const struct calendar_event *events[] = {&event};
    struct bench bench = bench_of(config, FEED_ORDERS);
    event = (struct calendar_event){START + from_hour * HOUR, START + to_hour * HOUR, "sale", action, factor};
    calendar = (struct calendar){spans, calendar_make(events, 1, spans)};
    policy = *sample_policy_free(NULL, text_of("shop"));
    policy.calendar = &calendar;
    shop_table_at(bench.shops, 0)->policy = &policy;
    return bench;
}

static uint32_t learnt(struct bench *bench)
{
    const struct key_layout *layout = &bench->detector->spaces[DIMENSION_SHOP].layout;
    struct key_record *record = key_at(bench, DIMENSION_SHOP, 0, 0);
    return scorer_count(series_scorer(key_series(layout, record, (unsigned)layout->slot_of[METRIC_GROSS])));
}

/* Hour 60 is the first of the event; each is settled when the next but one begins. */
static void sale(struct bench *bench, int64_t hours, double factor)
{
    for (int64_t hour = 60; hour < 60 + hours; hour++)
        hourly(bench, hour, factor * usual(hour));
}

Test(detector_calendar, a_muted_event_raises_nothing_and_teaches_nothing)
{
    struct bench bench = known_event_bench(small_config(), CALENDAR_MUTE, 0, 60, 70);
    fill_hours(&bench, 60);
    hourly(&bench, 60, 9 * usual(60));
    hourly(&bench, 61, 9 * usual(61));
    uint32_t before = learnt(&bench); /* hour 59 is settled with the end of hour 60 */
    for (int64_t hour = 62; hour < 70; hour++)
        hourly(&bench, hour, 9 * usual(hour));
    cr_assert_eq(learnt(&bench), before);
    for (int64_t hour = 70; hour < 90; hour++)
        hourly(&bench, hour, usual(hour));
    cr_assert(bench.facts.anomaly_count == 0 && bench.facts.incident_count == 0, "neither the sale nor its end");
    cr_assert_eq(learnt(&bench), before + 18, "and from hour 70 on it learns again, up to the last that is settled");
    hourly(&bench, 90, 9 * usual(90));
    advance(&bench, 91);
    cr_assert_eq(bench.facts.incident_count, 1);
    cr_assert_eq(bench.facts.incidents[0].opened_us, START + 90 * HOUR);
    bench_done(&bench);
}

/* Hours from the spike of hour 60 to the end of its incident, when all that follows is ordinary. */
static int64_t hours_to_recovery(struct bench *bench, int64_t quiet_until)
{
    fill_hours(bench, 60);
    hourly(bench, 60, 9 * usual(60));
    for (int64_t hour = 61; hour < 110; hour++) {
        hourly(bench, hour, usual(hour));
        cr_assert(hour > quiet_until || !incident_of(bench, METRIC_GROSS, DIMENSION_SHOP, INCIDENT_RECOVERED), "in hour %d", (int)hour);
    }
    const struct incident_fact *over = incident_of(bench, METRIC_GROSS, DIMENSION_SHOP, INCIDENT_RECOVERED);
    cr_assert_not_null(over);
    cr_assert_eq(over->opened_us, START + 60 * HOUR);
    return (over->closed_us - over->opened_us) / HOUR;
}

Test(detector_calendar, an_open_incident_ends_as_much_later_as_a_muted_event_is_long)
{
    struct bench plain = bench_new();
    int64_t hours = hours_to_recovery(&plain, 0);
    bench_done(&plain);
    cr_assert(hours >= 3 && hours < 24);
    struct bench bench = known_event_bench(small_config(), CALENDAR_MUTE, 0, 61, 61 + 10);
    cr_assert_eq(hours_to_recovery(&bench, 71), hours + 10);
    bench_done(&bench);
}

/* The usual hour's upper bound lies at about 1.15 times it here: what is beyond that and within the widened one. */
#define SOMEWHAT 1.4

Test(detector_calendar, a_widened_event_takes_more_and_does_not_teach_what_it_explains)
{
    struct bench ordinary = bench_new();
    fill_hours(&ordinary, 60);
    sale(&ordinary, 2, SOMEWHAT);
    cr_assert_eq(ordinary.facts.incident_count, 1, "without the event this stands out");
    bench_done(&ordinary);
    struct bench bench = known_event_bench(small_config(), CALENDAR_WIDEN, 20, 60, 70);
    fill_hours(&bench, 60);
    sale(&bench, 2, SOMEWHAT);
    uint32_t before = learnt(&bench);
    for (int64_t hour = 62; hour < 66; hour++)
        hourly(&bench, hour, SOMEWHAT * usual(hour));
    cr_assert(bench.facts.anomaly_count == 0 && bench.facts.incident_count == 0);
    cr_assert_eq(learnt(&bench), before, "beyond the ordinary bounds nothing is learnt");
    for (int64_t hour = 66; hour < 70; hour++)
        hourly(&bench, hour, usual(hour));
    cr_assert_gt(learnt(&bench), before, "within them it is");
    bench_done(&bench);
}

Test(detector_calendar, a_widened_event_still_raises_what_is_beyond_its_bounds)
{
    struct bench bench = known_event_bench(small_config(), CALENDAR_WIDEN, 2, 60, 70);
    fill_hours(&bench, 60);
    sale(&bench, 2, 50);
    const struct incident_fact *incident = incident_of(&bench, METRIC_GROSS, DIMENSION_SHOP, INCIDENT_OPEN);
    cr_assert_not_null(incident);
    double reach = incident->upper - incident->expected;
    bench_done(&bench);
    bench = bench_new();
    fill_hours(&bench, 60);
    sale(&bench, 2, 50);
    incident = incident_of(&bench, METRIC_GROSS, DIMENSION_SHOP, INCIDENT_OPEN);
    cr_assert_not_null(incident);
    cr_assert_float_eq(reach, 2 * (incident->upper - incident->expected), 1e-6 * reach);
    bench_done(&bench);
}

static void order(struct bench *bench, int64_t hour, double value)
{
    (void)detector_advance(bench->detector, START + hour * HOUR, true, origin_at(hour), &bench->facts);
    struct key_record *record = key_at(bench, DIMENSION_SHOP, 0, START + hour * HOUR);
    detector_event(bench->detector, DIMENSION_SHOP, record, METRIC_ORDER_VALUE, START + hour * HOUR, value, text_of("order"),
                   origin_at(hour), &bench->facts);
}

static void orders_of_a_sale(struct bench *bench, double value)
{
    for (int64_t hour = 0; hour < 60; hour++)
        order(bench, hour, 5000 + 100 * (double)(hour % 9));
    for (int64_t hour = 60; hour < 70; hour++)
        order(bench, hour, value);
}

static struct event_series *order_values(struct bench *bench)
{
    return key_events(&bench->detector->spaces[DIMENSION_SHOP].layout, key_at(bench, DIMENSION_SHOP, 0, START), METRIC_ORDER_VALUE);
}

Test(detector_calendar, single_orders_of_a_muted_or_widened_event_are_neither_told_nor_learnt)
{
    struct bench plain = bench_new();
    orders_of_a_sale(&plain, 10000);
    cr_assert_gt(plain.facts.anomaly_count, 0, "without the event they are told");
    bench_done(&plain);
    for (int action = CALENDAR_WIDEN; action <= CALENDAR_MUTE; action++) {
        struct bench bench = known_event_bench(small_config(), (enum calendar_action)action, 20, 60, 70);
        orders_of_a_sale(&bench, 10000);
        cr_assert_eq(bench.facts.anomaly_count, 0);
        struct moments after = event_window_moments(&order_values(&bench)->window);
        cr_assert_leq(after.mean, log(5801), "%s", action == CALENDAR_MUTE ? "mute" : "widen");
        order(&bench, 71, 10000);
        cr_assert_eq(bench.facts.anomaly_count, 1, "behind it they are again");
        bench_done(&bench);
    }
}

Test(detector_calendar, a_widened_event_tells_of_an_order_far_beyond)
{
    struct bench bench = known_event_bench(small_config(), CALENDAR_WIDEN, 3, 60, 70);
    orders_of_a_sale(&bench, 500000);
    cr_assert_eq(bench.facts.anomaly_count, 10, "none of them becomes the measure of the next");
    cr_assert(bench.facts.anomalies[0].upper > 7500 && bench.facts.anomalies[0].upper < 500000, "%g", bench.facts.anomalies[0].upper);
    bench_done(&bench);
}
