#include "producers/sim_malformed.h"

#include "producers/simulator.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum reason sim_malformed_reason(enum event_kind kind, uint32_t turn)
{
    static const enum reason of_orders[] = {REASON_TRUNCATED,      REASON_NULL_VALUE, REASON_WRONG_FRAME, REASON_UNKNOWN_SCHEMA,
                                            REASON_TRAILING_BYTES, REASON_BAD_UTF8,   REASON_BAD_LENGTH,  REASON_WRONG_CURRENCY,
                                            REASON_WRONG_SCALE,    REASON_IMPOSSIBLE_LINE};
    static const enum reason of_refunds[] = {REASON_TRUNCATED,       REASON_NULL_VALUE, REASON_WRONG_FRAME, REASON_UNKNOWN_SCHEMA,
                                             REASON_TRAILING_BYTES,  REASON_BAD_UTF8,   REASON_BAD_LENGTH,
                                             REASON_IMPOSSIBLE_LINE, REASON_IMPOSSIBLE_AMOUNT};
    static const enum reason of_settlements[] = {REASON_TRUNCATED,      REASON_NULL_VALUE,     REASON_WRONG_FRAME,
                                                 REASON_UNKNOWN_SCHEMA, REASON_TRAILING_BYTES, REASON_BAD_UTF8,
                                                 REASON_BAD_LENGTH};
    if (kind == EVENT_ORDER)
        return of_orders[turn % COUNT(of_orders)];
    return kind == EVENT_REFUND ? of_refunds[turn % COUNT(of_refunds)] : of_settlements[turn % COUNT(of_settlements)];
}

static void spoil_order(enum reason reason, struct event *event)
{
    static const char currency[] = "XTS"; /* ISO 4217 for tests */
    if (reason == REASON_WRONG_CURRENCY)
        event->currency = (struct text){currency, 3};
    if (reason == REASON_WRONG_SCALE)
        event->amount_scale++;
    if (reason == REASON_IMPOSSIBLE_LINE)
        event->order.lines[0].quantity = 0;
}

void sim_spoil_event(enum reason reason, struct event *event)
{
    if (event->kind == EVENT_ORDER)
        spoil_order(reason, event);
    if (event->kind == EVENT_REFUND && reason == REASON_IMPOSSIBLE_LINE)
        event->refund.lines[0].quantity = -1;
    if (event->kind == EVENT_REFUND && reason == REASON_IMPOSSIBLE_AMOUNT)
        event->refund.lines[0].amount_minor = -1;
}

size_t sim_spoil(enum reason reason, uint8_t *bytes, size_t len)
{
    switch ((int)reason) {
    case REASON_TRUNCATED:
        return len - 1;
    case REASON_TRAILING_BYTES:
        bytes[len] = 0;
        return len + 1;
    case REASON_WRONG_FRAME:
        bytes[0] = 1;
        return len;
    case REASON_UNKNOWN_SCHEMA:
        bytes[4] = 99;
        return len;
    case REASON_BAD_LENGTH:
        bytes[5] = 1; /* the length of the first text becomes -1 */
        return len;
    case REASON_BAD_UTF8:
        bytes[6] = 0xff; /* the first text's first byte */
        return len;
    default:
        return len;
    }
}
