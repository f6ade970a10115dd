/*
 * The straight-line decoders against the flat plan, for the tests and fuzz targets of the codec. Header only.
 */
#ifndef SUPPORT_FAST_CHECK_H
#define SUPPORT_FAST_CHECK_H

#include "schemas/decode_fast.h"
#include "schemas/reason.h"
#include "support/event_check.h"

/* What one of them does wrong with bytes that the plan gave reason and planned for, or NULL; *taken grows by those that took them. */
static inline const char *fast_fault(const uint8_t *bytes, size_t len, struct arena *arena, enum reason reason,
                                     const struct event *planned, uint64_t *taken)
{
    const struct fast_codec *const codecs[] = {fast_codec_any(), fast_codec_best()};
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++) {
        static struct decode_tail tail;
        struct event fast;
        if (!codecs[i]->decode_order(bytes, len, &tail, arena, &fast))
            continue;
        ++*taken;
        if (reason != REASON_NONE)
            return "it takes what the plan refuses";
        if (!events_equal(planned, &fast))
            return "it differs from the plan";
        if (!texts_inside(&fast, bytes, len))
            return "a text is outside of the bytes";
    }
    return NULL;
}

#endif
