#include "producers/sim_json.h"

#include <inttypes.h>
#include <time.h>

void sim_json_shop(const struct sim_shop *shop, FILE *out)
{
    (void)fprintf(out, "{\"shop_id\": \"%s\", \"currency\": \"%s\", \"amount_scale\": %d", shop->id, shop->currency,
                  shop->amount_scale);
}

void sim_json_day(int32_t day, FILE *out)
{
    char text[16];
    struct tm utc;
    time_t seconds = (time_t)day * 86400;
    (void)gmtime_r(&seconds, &utc);
    (void)strftime(text, sizeof text, "%Y-%m-%d", &utc);
    (void)fprintf(out, ", \"day\": \"%s\"", text);
}

void sim_json_figures(const char *const *names, const int64_t *figures, int count, FILE *out)
{
    for (int i = 0; i < count; i++)
        (void)fprintf(out, ", \"%s\": %" PRId64, names[i], figures[i]);
    (void)fputs("}", out);
}

void sim_json_reasons(const uint64_t *counts, FILE *out)
{
    const char *comma = "";
    (void)fputs("{", out);
    for (int reason = 1; reason < REASON_COUNT; reason++) {
        if (!counts[reason])
            continue;
        (void)fprintf(out, "%s\"%s\": %" PRIu64, comma, reason_name((enum reason)reason), counts[reason]);
        comma = ", ";
    }
    (void)fputs("}", out);
}
