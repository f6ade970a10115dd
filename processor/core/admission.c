#include "core/admission.h"

#define DAY_US INT64_C(86400000000)

bool admission_count(struct admission *admission, uint64_t hash, uint32_t min_events)
{
    uint8_t *counter = &admission->counters[(hash * UINT64_C(0xd6e8feb86659fd93)) >> 48];
    *counter += *counter < UINT8_MAX;
    return *counter >= min_events;
}

void admission_age(struct admission *admission, int64_t watermark_us)
{
    int64_t day = watermark_us / DAY_US;
    if (day == admission->halved_day)
        return;
    admission->halved_day = day;
    for (int i = 0; i < ADMISSION_COUNTERS; i++)
        admission->counters[i] >>= 1;
}
