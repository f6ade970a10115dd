#include "core/settlement_names.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect_normalised(const char *native, const char *expected)
{
    char name[256];
    uint32_t len = settled_normalise(text_of(native), name);
    cr_assert_eq(len, strlen(expected), "%s", native);
    cr_assert_eq(memcmp(name, expected, len), 0, "%s", native);
}

Test(settlement_names, column_heads_and_keys_of_the_api_are_written_alike)
{
    expect_normalised("Total settlement amount", "total_settlement_amount");
    expect_normalised("  Ajustment amount\t", "ajustment_amount");
    expect_normalised("Co-funded promotion (seller-funded)", "co_funded_promotion_seller_funded");
    expect_normalised("Brands Crazy Deals/Flash Sale service fee", "brands_crazy_deals_flash_sale_service_fee");
    expect_normalised("BILL_PAYMENT_(NEGATIVE_BALANCE)", "bill_payment_negative_balance");
    expect_normalised("referral_fee_amount", "referral_fee_amount");
    expect_normalised("Fr\xc3\xa9t", "fr\xc3\xa9t");
    expect_normalised("%%%", "_");
    expect_normalised("", "_");
}

Test(settlement_names, normalising_twice_changes_nothing)
{
    uint32_t count;
    const struct settled_field *fields = settled_fields(&count);
    for (uint32_t i = 0; i < count; i++)
        expect_normalised(fields[i].name, fields[i].name);
}

Test(settlement_names, every_name_is_found_and_stands_in_order)
{
    uint32_t count;
    const struct settled_field *fields = settled_fields(&count);
    cr_assert_gt(count, 250);
    for (uint32_t i = 0; i < count; i++) {
        cr_assert_eq(settled_field_find(text_of(fields[i].name)), &fields[i]);
        if (i)
            cr_assert_lt(strcmp(fields[i - 1].name, fields[i].name), 0, "%s", fields[i].name);
    }
}

Test(settlement_names, what_is_not_in_the_table_is_not_found)
{
    const char *const others[] = {"", "_", "a", "zzz", "referral_fe", "referral_fees", "residual:total"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_assert_null(settled_field_find(text_of(others[i])), "%s", others[i]);
}

Test(settlement_names, only_parents_and_totals_have_a_second_name_and_only_leaves_yield)
{
    uint32_t count;
    const struct settled_field *fields = settled_fields(&count);
    for (uint32_t i = 0; i < count; i++) {
        bool is_sum = fields[i].class == SETTLED_PARENT || fields[i].class == SETTLED_TOTAL;
        cr_assert(is_sum || !fields[i].other, "%s", fields[i].name);
        cr_assert(!is_sum || !(fields[i].says || fields[i].yields), "%s", fields[i].name);
        cr_assert(!fields[i].carrier || fields[i].passes, "%s", fields[i].name);
    }
}

Test(settlement_names, types_are_found_by_any_spelling)
{
    cr_assert_eq(settled_type_find(text_of("order")), SETTLED_TYPE_ORDER);
    cr_assert_eq(settled_type_find(text_of("gmv_payment_for_tiktok_ads")), SETTLED_TYPE_ADS_PAYMENT);
    cr_assert_eq(settled_type_find(text_of("gmv_payment_for_ads")), SETTLED_TYPE_ADS_PAYMENT);
    cr_assert_eq(settled_type_find(text_of("bill_payment_negative_balance")), SETTLED_TYPE_BALANCE);
    cr_assert_eq(settled_type_find(text_of("charge_back")), SETTLED_TYPE_CHARGEBACK);
    cr_assert_eq(settled_type_find(text_of("something_new")), SETTLED_TYPE_UNKNOWN);
    cr_assert_eq(settled_type_find(text_of("")), SETTLED_TYPE_UNKNOWN);
}

Test(settlement_names, names_of_types_and_classes_differ)
{
    for (int a = 0; a < SETTLED_TYPE_COUNT; a++)
        for (int b = 0; b < a; b++)
            cr_assert_str_neq(settled_type_name((enum settled_type)a), settled_type_name((enum settled_type)b));
    for (int a = 0; a < SETTLED_CLASS_COUNT; a++)
        for (int b = 0; b < a; b++)
            cr_assert_str_neq(settled_class_name((enum settled_class)a), settled_class_name((enum settled_class)b));
}
