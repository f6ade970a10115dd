/*
 * One order by hand, told as a seller reads it; the arithmetic of its figures stands beside the rules and lines.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "cli/explain_json.h"
#include "cli/explain_text.h"
#include "support/sample.h"

#define GOLDEN SOURCE_DIR "/tests/fixtures/explain/order.txt"
#define DAY_US (24 * SAMPLE_HOUR_US)

static const struct zone pacific = {.count = 1, .change_us = {INT64_MIN}, .offset_s = {-8 * 3600}};
static const struct zone utc = {.count = 1, .change_us = {INT64_MIN}, .offset_s = {0}};

static const struct admin_fee admin = {.rate_ppm = 200000, .cap_minor = 500, .level = FEE_PER_SKU, .free_for_buyer = true,
                                       .valid_from_us = SAMPLE_TIME_US, .valid_to_us = INT64_MAX};
static const struct fee_when delivered = {.reached = FEE_REACHED_DELIVERED};

static const struct fee_rule rules[] = {
    /* 6 % of 109.97 - 6.00 + 5.99 = 109.96: 6.5976 -> 6.60; by 47.59 : 62.37 of the base it splits into 2.86 and 3.74 */
    {.name = "referral", .source = "the platform's page of fees", .class = FEE_PLATFORM, .level = FEE_PER_ORDER,
     .base = {[COMPONENT_LIST] = 1, [COMPONENT_SELLER_DISCOUNT] = -1, [COMPONENT_SHIPPING_PAID] = 1}, .rate_ppm = 60000, .cap_minor = -1,
     .valid_from_us = SAMPLE_TIME_US - 30 * DAY_US, .valid_to_us = INT64_MAX,
     .refund = {.kind = FEE_RETURNED, .partial_pro_rata = true, .admins = &admin, .admin_count = 1}},
    /* per unit: 5 % of 45.00 = 2.25, + 1.00, above the cap of 2.00; 5 % of 58.97 = 2.9485 -> 2.95, + 3.00 = 5.95 below 6.00 */
    {.name = "service", .source = "the programme's contract", .note = "joined in 2024", .class = FEE_OTHER, .level = FEE_PER_ITEM,
     .clock = FEE_CLOCK_DELIVERED, .when = &delivered, .base = {[COMPONENT_LIST] = 1, [COMPONENT_SELLER_DISCOUNT] = -1},
     .rate_ppm = 50000, .fixed_minor = 100, .cap_minor = 200, .valid_from_us = INT64_MIN, .valid_to_us = INT64_MAX,
     .refund = {.kind = FEE_KEPT, .reversed_before = FEE_STAGE_DELIVERY}},
    /* 10 % of 40.00 = 4.00; of 58.97 - 0.50 = 58.47: 5.847 -> 5.85 */
    {.name = "affiliate", .source = "the order", .class = FEE_AFFILIATE, .level = FEE_PER_LINE, .rate_source = RATE_OF_AFFILIATE,
     .base = {[COMPONENT_LIST] = 1, [COMPONENT_SELLER_DISCOUNT] = -1, [COMPONENT_PLATFORM_DISCOUNT] = -1}, .cap_minor = -1,
     .valid_from_us = INT64_MIN, .valid_to_us = INT64_MAX, .refund = {.kind = FEE_PRO_RATA}}};

static const struct fee_schedule schedule = {.name = "golden@00000001", .currency = "USD", .amount_scale = 2, .rules = rules,
                                             .rule_count = 3, .zone = &pacific, .zone_name = "America/Los_Angeles"};
static const struct shop_policy policy = {.zone = &utc, .zone_name = "UTC", .fees = &schedule,
                                          .seller = {.opened_at_us = EVENT_ABSENT}, .amount_scale = -1};

static void *in_arena(void *ctx, size_t size)
{
    return arena_alloc(ctx, size);
}

/* The order as the warehouse would hold it. */
struct scene {
    struct arena arena;
    struct loaded_order loaded;
    struct order_line lines[2];
    int64_t costs[2];
    struct loaded_component components[3];
    struct loaded_refund refund;
    struct refund_line refund_line;
    struct loaded_effect effects[2];
    struct loaded_settlement settlement;
    struct loaded_amount amounts[5];
    struct explanation explanation;
};

static struct scene scene;

static void set_order(void)
{
    struct loaded_order *loaded = &scene.loaded;
    stored_order_init(&loaded->stored);
    loaded->found = loaded->shop_found = true;
    loaded->stored.event = sample_order("shop-7", "1001", scene.lines, 2);
    scene.lines[0] = (struct order_line){.line_id = text_of("1"), .platform_sku = text_of("sku-1"), .quantity = 1,
                                         .unit_list_minor = 5000, .seller_discount_minor = 500, .platform_discount_minor = 500, .tax_minor = 315};
    scene.lines[1] = (struct order_line){.line_id = text_of("2"), .platform_sku = text_of("sku\033[31m-2"), .quantity = 3,
                                         .unit_list_minor = 1999, .seller_discount_minor = 100, .platform_discount_minor = 50};
    struct order *order = &loaded->stored.event.order;
    order->status = ORDER_SHIPPED;
    order->created_at_us = SAMPLE_TIME_US;
    order->paid_at_us = SAMPLE_TIME_US + 60000000;
    order->shipped_at_us = SAMPLE_TIME_US + DAY_US;
    order->shipping_paid_minor = 599;
    order->tax_minor = 315;
    order->customer_total_minor = 10761;
    order->affiliate = (struct affiliate){.creator = text_of("c"), .rate_ppm = 100000, .shop_ads_rate_ppm = -1,
                                          .actual_commission_minor = EVENT_ABSENT};
    loaded->stored.shop = (struct shop){.id = text_of("shop-7"), .currency = "USD", .amount_scale = 2};
}

/* As the stream would have written it. */
static void seal(void)
{
    struct stored_order *stored = &scene.loaded.stored;
    struct facts facts = {.alloc = in_arena, .alloc_ctx = &scene.arena};
    struct shop shop = stored->shop;
    struct order_fact fact;
    shop.policy = &policy;
    cr_assert_eq(order_fact_make(&stored->event, &shop, (struct origin){0}, &facts, NULL, &fact), REASON_NONE);
    fact.shop = &stored->shop;
    fact.lines_hash = lines_hash(&fact);
    stored->fact = fact;
    stored->row_hash = order_row_hash(&fact);
    scene.loaded.lines_intact = scene.loaded.row_intact = true;
}

static void set_costs(void)
{
    scene.costs[0] = 800;
    scene.costs[1] = 3 * 450;
    scene.loaded.costs_minor = scene.loaded.catalog_costs_minor = scene.costs;
    scene.components[0] = (struct loaded_component){0, true, text_of("mug"), 2, 350};
    scene.components[1] = (struct loaded_component){0, true, text_of("box"), 1, 100};
    scene.components[2] = (struct loaded_component){1, false, text_of("sku-2"), 1, 450};
    scene.loaded.components = scene.components;
    scene.loaded.component_count = 3;
}

/*
 * One of three units of line 2 comes back after two days, 19.49 of 58.47 to the buyer. Of the discounts 1.00 and 0.50 a third, rounded
 * down: 0.33 and 0.16. So 19.65 of 58.97 net sales; by 19.49 / 58.47: affiliate 5.85 -> 1.95, referral 3.74 -> 1.2466 -> 1.25, and the
 * service fee, for nothing is delivered yet, 5.95 -> 1.9833 -> 1.98; administration fee 20 % of 1.25 = 0.25;
 * net 19.65 - 1.95 - 1.25 - 1.98 + 0.25 = 14.72. Restocked: 13.50 / 3 = 4.50.
 */
static void set_refund(void)
{
    struct stored_refund *stored = &scene.refund.stored;
    scene.refund_line = (struct refund_line){text_of("2"), 1, 1949, 0, true};
    stored->refund = (struct refund){.refund_id = text_of("r-1"), .order_id = text_of("1001"), .initiator = text_of("BUYER"),
                                     .reason = text_of("does not fit"), .shipped_before = true, .case_fee_minor = EVENT_ABSENT,
                                     .lines = &scene.refund_line, .line_count = 1};
    stored->fact = (struct refund_fact){.refund = &stored->refund, .event_id = text_of("e"), .currency = text_of("USD"),
                                        .amount_scale = 2, .occurred_at_us = SAMPLE_TIME_US + 2 * DAY_US, .day = scene.loaded.stored.fact.day + 2};
    scene.refund.intact = true;
    scene.loaded.refunds = &scene.refund;
    scene.loaded.refund_count = 1;
    scene.effects[0] = (struct loaded_effect){
        .row = {.refund_id = text_of("r-1"), .day = stored->fact.day, .order_day = scene.loaded.stored.fact.day, .booked = true},
        .effect = {.line_no = 2, .quantity = 1, .gross_minor = 1998, .seller_discount_minor = 33, .platform_discount_minor = 16,
                   .amount_minor = 1949, .affiliate_commission_minor = 195, .fees_returned_minor = 323, .admin_fee_minor = 25,
                   .net_minor = 1472, .cost_minor = 450, .restocked = true},
        .intact = true};
    scene.loaded.effects = scene.effects;
    scene.loaded.effect_count = 1;
}

/* 8 % of 109.96 where 6 % are due: 8.7968 -> 8.80, 2.20 too much; the refund is still to come.
 * 109.97 - 6.00 - 8.80 - 9.85 - 7.95 = 77.37. */
static void set_settlement(void)
{
    scene.amounts[0] = (struct loaded_amount){text_of("affiliate_commission"), SETTLED_AFFILIATE, -985};
    scene.amounts[1] = (struct loaded_amount){text_of("gross_sales"), SETTLED_GROSS, 10997};
    scene.amounts[2] = (struct loaded_amount){text_of("referral_fee"), SETTLED_PLATFORM_FEE, -880};
    scene.amounts[3] = (struct loaded_amount){text_of("seller_discount"), SETTLED_SELLER_DISCOUNT, -600};
    scene.amounts[4] = (struct loaded_amount){text_of("service_fee"), SETTLED_OTHER_FEE, -795};
    scene.settlement = (struct loaded_settlement){
        .transaction_id = text_of("t-1"), .sku = text_of(""), .statement_id = text_of("st-1"), .type = text_of("order"),
        .native_type = text_of("Order"), .status = text_of("PROCESSING"), .currency = text_of("USD"), .amount_scale = 2,
        .settled_at_us = SAMPLE_TIME_US + 20 * DAY_US, .total_minor = 7737, .amounts = scene.amounts, .amount_count = 5};
    scene.loaded.settlements = &scene.settlement;
    scene.loaded.settlement_count = 1;
    scene.loaded.settlement_status = text_of("SETTLED");
}

static void set_scene(void)
{
    memset(&scene, 0, sizeof scene);
    arena_init(&scene.arena);
    set_order();
    seal();
    set_costs();
    set_refund();
    set_settlement();
}

static char *told(void (*print)(FILE *out))
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    explain_make(&scene.loaded, &policy, &scene.arena, &scene.explanation);
    print(out);
    (void)fclose(out);
    return text;
}

static void print_plain(FILE *out)
{
    explain_text_print(&scene.explanation, false, out);
}

static void print_coloured(FILE *out)
{
    explain_text_print(&scene.explanation, true, out);
}

static void print_json(FILE *out)
{
    explain_json_print(&scene.explanation, out);
}

static char *golden(void)
{
    static char text[64 * 1024];
    FILE *file = fopen(GOLDEN, "r");
    cr_assert_not_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    return text;
}

/* The first line that differs is what one wants to see. */
static void assert_same_lines(char *text, char *expected)
{
    bool same = strcmp(text, expected) == 0;
    char *rest = NULL, *expected_rest = NULL;
    char *line = strtok_r(text, "\n", &rest), *wanted = strtok_r(expected, "\n", &expected_rest);
    for (; line && wanted; line = strtok_r(NULL, "\n", &rest), wanted = strtok_r(NULL, "\n", &expected_rest))
        cr_assert_str_eq(line, wanted);
    cr_assert(same, "one of the two is longer, or has other empty lines");
}

static void close_scene(char *text)
{
    free(text);
    arena_done(&scene.arena);
}

Test(explain_text, an_order_is_told_as_a_seller_reads_it)
{
    set_scene();
    char *text = told(print_plain);
    assert_same_lines(text, golden());
    cr_assert_eq(scene.explanation.difference_count, 0);
    close_scene(text);
}

Test(explain_text, nothing_that_a_record_says_steers_the_terminal)
{
    set_scene();
    char *text = told(print_plain);
    cr_assert_null(strchr(text, '\033'));
    cr_assert_not_null(strstr(text, "sku [31m-2"));
    close_scene(text);
    set_scene();
    text = told(print_coloured);
    cr_assert_not_null(strstr(text, "\033[1m"));
    cr_assert_null(strstr(text, "\033[31m-2"));
    close_scene(text);
    set_scene();
    text = told(print_json);
    cr_assert_null(strchr(text, '\033'));
    cr_assert_not_null(strstr(text, "\"sku\\u001b[31m-2\""));
    close_scene(text);
}

Test(explain_text, every_column_that_differs_is_named)
{
    set_scene();
    scene.loaded.stored.fact.lines[1].shipping_share_minor = 339;
    scene.effects[0].effect.admin_fee_minor = 24;
    scene.settlement.total_minor++;
    char *text = told(print_plain);
    cr_assert_eq(scene.explanation.difference_count, 3);
    cr_assert_not_null(strstr(text, "line 2, shipping_share_minor: stored 339, computed 340"));
    cr_assert_not_null(strstr(text, "refund r-1, line 2, admin_fee_minor: stored 24, computed 25"));
    cr_assert_not_null(strstr(text, "settlement t-1, total_minor: stored 7738, computed 7737"));
    close_scene(text);
}

Test(explain_text, amounts_beyond_all_numbers_end_in_words)
{
    set_scene();
    scene.amounts[0].amount_minor = INT64_MIN + 1;
    scene.amounts[2].class = SETTLED_AFFILIATE;
    char *text = told(print_plain);
    cr_assert_not_null(strstr(text, "beyond all numbers"));
    close_scene(text);
    set_scene();
    scene.costs[0] = scene.costs[1] = INT64_MAX;
    text = told(print_plain);
    cr_assert_not_null(strstr(text, "order, row: stored accepted, computed amount_overflow"));
    close_scene(text);
    set_scene();
    scene.lines[0].unit_list_minor = INT64_MAX;
    text = told(print_plain);
    cr_assert_not_null(strstr(text, "order, row: stored accepted, computed amount_overflow"));
    close_scene(text);
}

Test(explain_text, a_schedule_of_another_name_is_said_plainly)
{
    set_scene();
    scene.loaded.stored.fact.rule_set = "golden@00000000";
    char *text = told(print_plain);
    cr_assert_not_null(strstr(text, "fees by the schedule golden@00000001 of the configuration. It was stored with"));
    cr_assert_eq(scene.explanation.difference_count, 0); /* the figures are the same all the same */
    close_scene(text);
}
