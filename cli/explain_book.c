/*
 * Fees that come back are known per line as one sum of platform, payment and other fees. Where only one of these classes returns any,
 * they are taken off that class; else they stand in a row of their own, and only the rows together can be compared.
 */
#include "cli/explain_book.h"

#include <string.h>

#include "core/money.h"

/* The book while it is made. */
struct booking {
    struct explanation *explanation;
    struct explain_book *book;
};

static struct explain_class *class_of(struct booking *booking, const char *name)
{
    for (size_t i = 0; i < booking->book->class_count; i++)
        if (strcmp(booking->book->classes[i].name, name) == 0)
            return &booking->book->classes[i];
    struct explain_class *class = &booking->book->classes[booking->book->class_count++];
    *class = (struct explain_class){.name = name};
    return class;
}

static void expect(struct booking *booking, const char *name, int64_t amount_minor)
{
    struct explain_class *class = class_of(booking, name);
    class->is_expected = true;
    booking->book->fits &= money_add(class->expected_minor, amount_minor, &class->expected_minor);
}

static const char *const fee_names[FEE_CLASS_COUNT] = {"platform_fee", "payment_fee", "affiliate", "other_fee"};

static bool comes_back(const struct explain_fee *fee)
{
    return fee->rule->class != FEE_AFFILIATE && (fee->rule->refund.kind == FEE_RETURNED || fee->rule->refund.kind == FEE_PRO_RATA);
}

/* The only class whose fees come back; NULL where there are several. */
static const char *returning_class(const struct explanation *explanation)
{
    const char *name = NULL;
    for (size_t i = 0; i < explanation->fee_count; i++) {
        const struct explain_fee *fee = &explanation->fees[i];
        if (!comes_back(fee) || !fee->charge->amount_minor)
            continue;
        if (name && name != fee_names[fee->rule->class])
            return NULL;
        name = fee_names[fee->rule->class];
    }
    return name;
}

static void expect_sale(struct booking *booking)
{
    const struct explanation *explanation = booking->explanation;
    const struct explain_sums *sums = &explanation->sums;
    expect(booking, "gross", sums->gross_minor);
    expect(booking, "seller_discount", -sums->seller_discount_minor);
    expect(booking, "refund", 0);
    for (size_t i = 0; i < explanation->fee_count; i++)
        expect(booking, fee_names[explanation->fees[i].rule->class], -explanation->fees[i].charge->amount_minor);
}

static void expect_refund(struct booking *booking, const struct refund_effect *effect, const char *returning)
{
    expect(booking, "refund", -(effect->gross_minor - effect->seller_discount_minor));
    if (effect->fees_returned_minor)
        expect(booking, returning ? returning : "fees_returned", effect->fees_returned_minor);
    if (effect->affiliate_commission_minor)
        expect(booking, "affiliate", effect->affiliate_commission_minor);
    if (effect->admin_fee_minor)
        expect(booking, "refund_admin_fee", -effect->admin_fee_minor);
    if (effect->case_fee_minor || effect->discrepancy_minor || effect->fx_minor)
        expect(booking, "adjustment", -effect->case_fee_minor - effect->discrepancy_minor - effect->fx_minor);
}

static void expect_refunds(struct booking *booking)
{
    const struct explanation *explanation = booking->explanation;
    const char *returning = returning_class(explanation);
    for (size_t i = 0; i < explanation->refund_count; i++)
        for (size_t n = 0; n < explanation->refunds[i].effect_count; n++)
            expect_refund(booking, &explanation->refunds[i].effects[n], returning);
}

static bool same_currency(const struct explanation *explanation, const struct loaded_settlement *settlement)
{
    const char *currency = explanation->shop.currency;
    return settlement->amount_scale == explanation->shop.amount_scale && settlement->currency.len == strlen(currency) &&
           memcmp(settlement->currency.ptr, currency, settlement->currency.len) == 0;
}

static void settle(struct booking *booking, const struct loaded_settlement *settlement)
{
    for (uint32_t i = 0; i < settlement->amount_count; i++) {
        const struct loaded_amount *amount = &settlement->amounts[i];
        enum settled_class known = amount->class < SETTLED_CLASS_COUNT ? amount->class : SETTLED_UNKNOWN;
        struct explain_class *class = class_of(booking, settled_class_name(known));
        class->is_cash = known == SETTLED_ADS || known == SETTLED_RESERVE;
        booking->book->fits &= money_add(class->settled_minor, amount->amount_minor, &class->settled_minor);
    }
}

static void add_up(struct booking *booking)
{
    struct explain_book *book = booking->book;
    for (size_t i = 0; i < book->class_count; i++) {
        int64_t difference;
        book->fits &= money_subtract(book->classes[i].settled_minor, book->classes[i].expected_minor, &difference);
        if (book->classes[i].is_cash)
            continue;
        book->fits &= money_add(book->expected_minor, book->classes[i].expected_minor, &book->expected_minor) &&
                      money_add(book->settled_minor, book->classes[i].settled_minor, &book->settled_minor);
    }
    int64_t difference;
    book->fits &= money_subtract(book->settled_minor, book->expected_minor, &difference);
}

void explain_book_make(struct explanation *explanation)
{
    struct booking booking = {explanation, &explanation->book};
    explanation->book = (struct explain_book){.fits = true};
    if (explanation->made.booked) {
        expect_sale(&booking);
        expect_refunds(&booking);
    }
    for (size_t i = 0; i < explanation->loaded->settlement_count; i++) {
        if (same_currency(explanation, &explanation->loaded->settlements[i]))
            settle(&booking, &explanation->loaded->settlements[i]);
        else
            explanation->book.foreign_count++;
    }
    add_up(&booking);
}

void explain_settlements_compare(struct explain_finding *finding)
{
    const struct loaded_order *loaded = finding->explanation->loaded;
    for (size_t i = 0; i < loaded->settlement_count; i++) {
        const struct loaded_settlement *settlement = &loaded->settlements[i];
        int64_t sum = 0;
        bool fits = true;
        finding->where = explain_text_in(finding->arena, "settlement %.*s", (int)settlement->transaction_id.len,
                                         settlement->transaction_id.ptr);
        for (uint32_t n = 0; n < settlement->amount_count; n++)
            fits &= money_add(sum, settlement->amounts[n].amount_minor, &sum);
        if (fits)
            explain_compare(finding, "total_minor", settlement->total_minor, sum);
        else
            explain_differs(finding, "total_minor", "its amounts are beyond all numbers", NULL);
    }
}
