/*
 * Why this exists: an alert is read by somebody who was woken by it. Keys come from outside, so nothing of them may end the
 * line, turn the text around or pass for a part of the sentence.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "core/hypothesis.h"

#define EFFECTS_TOLD 4
#define CHILDREN_TOLD 4         /* where there is only one effect */
#define LEADING_CHILDREN_TOLD 2 /* of the largest effect; of the others one */
#define SHARE_TOLD_PERCENT 10
#define CHANGE_MAX_PERCENT 999
#define PERCENT_MAX 99999
#define KEY_BYTES_TOLD 40

static const char *const subject_names[SUBJECT_COUNT] = {
    [SUBJECT_ORDERS] = "orders",   [SUBJECT_UNITS] = "units",       [SUBJECT_GROSS] = "gross",
    [SUBJECT_REFUNDS] = "refunds", [SUBJECT_AD_SPEND] = "ad_spend", [SUBJECT_NET_PROFIT] = "net_profit",
    [SUBJECT_CLICKS] = "clicks",   [SUBJECT_ROAS] = "roas",         [SUBJECT_CONVERSION] = "conversion",
    [SUBJECT_AVERAGE_ORDER_VALUE] = "average_order_value", [SUBJECT_REFUND_RATE] = "refund_rate"};

static const char *const effect_names[EFFECT_COUNT] = {
    [EFFECT_ORDERS] = "orders",
    [EFFECT_UNITS_PER_ORDER] = "units per order",
    [EFFECT_UNITS] = "units",
    [EFFECT_PRICE] = "price",
    [EFFECT_ORDER_VALUE] = "order value",
    [EFFECT_GROSS] = "gross",
    [EFFECT_MIX] = "mix",
    [EFFECT_DISCOUNTS] = "discounts",
    [EFFECT_FEES] = "fees",
    [EFFECT_COMMISSION] = "commission",
    [EFFECT_REFUNDS] = "refunds",
    [EFFECT_SPEND] = "spend",
    [EFFECT_CLICKS] = "clicks",
    [EFFECT_COST_PER_CLICK] = "cost per click",
    [EFFECT_REPORTED_ORDERS] = "reported orders",
    [EFFECT_REPORTED_REVENUE] = "reported revenue",
    [EFFECT_OTHER] = "other",
    [EFFECT_UNEXPLAINED] = "unexplained",
};

/* Text so far. What does not fit makes it full and changes nothing else: the caller goes back to where the part began. */
struct line {
    char *bytes;
    size_t len, room; /* of room the last byte is the end's */
    bool full;
};

static void put_bytes(struct line *line, const char *bytes, size_t len)
{
    line->full |= len >= line->room - line->len;
    if (line->full)
        return;
    memcpy(line->bytes + line->len, bytes, len);
    line->len += len;
}

static void put(struct line *line, const char *string)
{
    put_bytes(line, string, strlen(string));
}

static bool ends_part(struct line *line, size_t began)
{
    bool fits = !line->full;
    if (!fits)
        line->len = began;
    line->full = false;
    return fits;
}

static void put_percent(struct line *line, long long percent, bool with_sign)
{
    char digits[24];
    size_t at = sizeof digits;
    unsigned long long rest = (unsigned long long)(percent < 0 ? -percent : percent);
    do
        digits[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (percent < 0 || with_sign)
        digits[--at] = percent < 0 ? '-' : '+';
    put_bytes(line, digits + at, sizeof digits - at);
    put(line, " %");
}

static long long percent_of(double part, double whole)
{
    double percent = 100 * part / whole;
    return llround(fmax(-PERCENT_MAX, fmin(PERCENT_MAX, percent)));
}

/* Length of the UTF-8 sequence at bytes, and its code point; 0 where there is none. */
static size_t code_point(const unsigned char *bytes, size_t len, uint32_t *ret_code)
{
    size_t size = bytes[0] < 0x80 ? 1 : bytes[0] < 0xc2 ? 0 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : bytes[0] < 0xf5 ? 4 : 0;
    uint32_t code = size > 1 ? bytes[0] & (0x7fU >> size) : bytes[0];
    if (!size || size > len)
        return 0;
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (bytes[i] & 0x3f);
    }
    bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
    *ret_code = code;
    return overlong || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : size;
}

/* Controls, line ends, and what turns or hides text around it (Unicode's Cc, bidirectional and zero-width formats). */
static bool is_treacherous(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c || (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
           (code >= 0xe0000 && code <= 0xe007f);
}

static bool is_plain(uint32_t code)
{
    return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') || (code >= '0' && code <= '9') || code >= 0xa0 ||
           code == '-' || code == '_' || code == '.' || code == '/' || code == ':' || code == '#';
}

/* The key's beginning; bare where nothing of it could be taken for the sentence, else between quotes. */
static void put_key(struct line *line, struct text key)
{
    char shown[KEY_BYTES_TOLD];
    size_t len = 0, at = 0, size;
    bool plain = key.len > 0;
    for (; at < key.len; at += size) {
        uint32_t code = 0;
        size = code_point((const unsigned char *)key.ptr + at, key.len - at, &code);
        bool shows = size && !is_treacherous(code) && code != '"';
        if (len + (shows ? size : 1) > sizeof shown)
            break;
        plain &= shows && is_plain(code);
        memcpy(shown + len, shows ? key.ptr + at : "?", shows ? size : 1);
        len += shows ? size : 1;
        size = size ? size : 1;
    }
    put(line, plain ? "" : "\"");
    put_bytes(line, shown, len);
    put(line, at < key.len ? "..." : "");
    put(line, plain ? "" : "\"");
}

static void put_change(struct line *line, double before, double after)
{
    long long percent = before == 0 ? 0 : percent_of(after - before, fabs(before));
    if (before == 0) {
        put(line, "from 0");
    } else if (llabs(percent) > CHANGE_MAX_PERCENT) {
        put(line, percent < 0 ? "<" : ">");
        put_percent(line, percent < 0 ? -CHANGE_MAX_PERCENT : CHANGE_MAX_PERCENT, true);
    } else {
        put_percent(line, percent, true);
    }
}

/* What a child has to do with an effect. */
struct carried {
    const struct hypothesis_child *child;
    double part, before, after;
};

static struct carried carried_by_effect(const struct hypothesis_child *child, const struct effect_part *effect)
{
    return (struct carried){child, effect->part, effect->before, effect->after};
}

static int only_effect(const struct hypothesis *hypothesis)
{
    int only = EFFECT_COUNT;
    for (int effect = 0; effect < EFFECT_COUNT; effect++) {
        if (!hypothesis->effects[effect].known)
            continue;
        if (only != EFFECT_COUNT)
            return EFFECT_COUNT;
        only = effect;
    }
    return only;
}

/* How an effect's children are looked for: of the largest one there is more to say than of the others. */
enum rank { RANK_ONLY, RANK_LARGEST, RANK_OTHER };

/* A child that says less than its parent goes with the nearest effect that it has: without orders its units are its volume,
 * and one that says the metric alone goes with the largest effect. */
static struct carried carried_of(const struct hypothesis_input *input, const struct child_part *part, enum effect effect,
                                 enum rank rank)
{
    const struct hypothesis_child *child = part->child;
    const struct hypothesis_input alone = {.subject = input->subject, .actual = child->actual, .expected = child->expected};
    struct hypothesis own;
    if (!hypothesis_split(&alone, &own))
        return (struct carried){.child = child};
    if (rank != RANK_ONLY && own.effects[effect].known)
        return carried_by_effect(child, &own.effects[effect]);
    if (effect == EFFECT_ORDERS && own.effects[EFFECT_UNITS].known)
        return carried_by_effect(child, &own.effects[EFFECT_UNITS]);
    if (rank == RANK_ONLY || (rank == RANK_LARGEST && only_effect(&own) != EFFECT_COUNT))
        return (struct carried){child, own.deviation, own.expected, own.expected + own.deviation};
    return (struct carried){.child = child};
}

/* Those with the largest shares of the effect, the largest first. */
static size_t leading_children(const struct hypothesis_input *input, const struct hypothesis *hypothesis, enum effect effect,
                               enum rank rank, struct carried ret_leading[CHILDREN_TOLD])
{
    static const size_t told[] = {[RANK_ONLY] = CHILDREN_TOLD, [RANK_LARGEST] = LEADING_CHILDREN_TOLD, [RANK_OTHER] = 1};
    size_t max = told[rank];
    double whole = hypothesis->effects[effect].part;
    size_t count = 0;
    for (size_t i = 0; i < hypothesis->child_count; i++) {
        struct carried carried = carried_of(input, &hypothesis->children[i], effect, rank);
        if (carried.part == 0 || percent_of(carried.part, whole) < SHARE_TOLD_PERCENT)
            continue;
        size_t at = count < max ? count++ : max;
        for (; at && fabs(carried.part) > fabs(ret_leading[at - 1].part); at--)
            if (at < max)
                ret_leading[at] = ret_leading[at - 1];
        if (at < max)
            ret_leading[at] = carried;
    }
    return count;
}

static bool put_child(struct line *line, const char *before, const struct carried *carried, double whole)
{
    size_t began = line->len;
    put(line, before);
    put(line, dimension_name(carried->child->dimension));
    put(line, " ");
    put_key(line, carried->child->key);
    put(line, " ");
    put_change(line, carried->before, carried->after);
    put(line, ", ");
    put_percent(line, percent_of(carried->part, whole), false);
    put(line, " of it");
    return ends_part(line, began);
}

static void put_children(struct line *line, const struct hypothesis_input *input, const struct hypothesis *hypothesis,
                         enum effect effect, enum rank rank)
{
    struct carried leading[CHILDREN_TOLD];
    size_t began = line->len, told = 0, count = leading_children(input, hypothesis, effect, rank, leading);
    while (told < count && put_child(line, told ? "; " : " (", &leading[told], hypothesis->effects[effect].part))
        told++;
    if (!told)
        return;
    put(line, ")");
    (void)ends_part(line, began); /* without the bracket's end, none of it */
}

static void put_effect_name(struct line *line, const struct hypothesis *hypothesis, enum effect effect)
{
    const struct effect_part *part = &hypothesis->effects[effect];
    if (part->deducted)
        put(line, part->part < 0 ? "higher " : "lower ");
    if (effect == EFFECT_MIX) {
        put(line, dimension_name(hypothesis->mix_of));
        put(line, " ");
    }
    put(line, effect_names[effect]);
    put(line, " ");
}

/* Largest first; equal ones as they are declared. What cannot be named is the rest's. */
static size_t leading_effects(const struct hypothesis *hypothesis, enum effect ret_effects[EFFECT_COUNT])
{
    size_t count = 0;
    for (int effect = 0; effect < EFFECT_UNEXPLAINED; effect++) {
        if (!hypothesis->effects[effect].known)
            continue;
        size_t at = count++;
        for (; at && fabs(hypothesis->effects[effect].part) > fabs(hypothesis->effects[ret_effects[at - 1]].part); at--)
            ret_effects[at] = ret_effects[at - 1];
        ret_effects[at] = (enum effect)effect;
    }
    return count < EFFECTS_TOLD ? count : EFFECTS_TOLD;
}

/* In percents of the expected metric, or else of the difference from it. */
static void put_effects(struct line *line, const struct hypothesis_input *input, const struct hypothesis *hypothesis,
                        bool of_difference)
{
    const char *before = of_difference ? "; consistent with, of the difference: " : "; consistent with: ";
    double base = of_difference ? hypothesis->deviation : fabs(hypothesis->expected);
    enum effect effects[EFFECT_COUNT];
    size_t count = leading_effects(hypothesis, effects);
    long long rest = percent_of(hypothesis->deviation, base);
    for (size_t i = 0; i < count; i++) {
        size_t began = line->len;
        long long percent = percent_of(hypothesis->effects[effects[i]].part, base);
        if (!percent)
            continue;
        put(line, before);
        put_effect_name(line, hypothesis, effects[i]);
        put_percent(line, percent, !of_difference);
        if (!ends_part(line, began))
            break;
        put_children(line, input, hypothesis, effects[i], i ? RANK_OTHER : RANK_LARGEST);
        before = ", ";
        rest -= percent;
    }
    size_t began = line->len;
    if (!rest)
        return;
    put(line, before);
    put(line, "rest ");
    put_percent(line, rest, !of_difference);
    (void)ends_part(line, began); /* then the sentence ends before it */
}

static void put_only_children(struct line *line, const struct hypothesis_input *input, const struct hypothesis *hypothesis,
                              enum effect effect)
{
    struct carried leading[CHILDREN_TOLD];
    size_t count = leading_children(input, hypothesis, effect, RANK_ONLY, leading), told = 0;
    while (told < count && put_child(line, told ? "; " : "; consistent with: ", &leading[told], hypothesis->deviation))
        told++;
}

/* "gross -38 % against expected". ret_measures: the figure can be one that others are measured by. False where it does not
 * fit. */
static bool put_headline(struct line *line, enum subject subject, const struct hypothesis *hypothesis, bool *ret_measures)
{
    size_t began = line->len;
    double expected = fabs(hypothesis->expected);
    long long percent = expected == 0 ? 0 : percent_of(hypothesis->deviation, expected);
    put(line, subject_names[subject]);
    put(line, " ");
    if (expected == 0)
        put(line, hypothesis->deviation > 0 ? "above 0, which was" : "below 0, which was");
    else if (!percent)
        put(line, hypothesis->deviation > 0 ? "up by less than 1 % against" : "down by less than 1 % against");
    else
        put_change(line, hypothesis->expected, hypothesis->expected + hypothesis->deviation);
    put(line, percent ? " against expected" : " expected");
    *ret_measures = percent && llabs(percent) <= CHANGE_MAX_PERCENT;
    return ends_part(line, began);
}

size_t hypothesis_text(const struct hypothesis_input *input, char *ret_text, size_t room)
{
    struct hypothesis hypothesis;
    assert(room > 0);
    ret_text[0] = '\0';
    if (!hypothesis_split(input, &hypothesis) || hypothesis.deviation == 0)
        return 0;
    struct line line = {.bytes = ret_text, .room = room};
    bool measures;
    if (put_headline(&line, input->subject, &hypothesis, &measures)) {
        int only = only_effect(&hypothesis);
        if (only != EFFECT_COUNT)
            put_only_children(&line, input, &hypothesis, (enum effect)only);
        else
            put_effects(&line, input, &hypothesis, !measures);
    }
    ret_text[line.len] = '\0';
    return line.len;
}
