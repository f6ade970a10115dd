#include "import_check.h"
#include "producers/import_totals.h"
#include "producers/tiktok_affiliate.h"
#include "producers/tiktok_orders.h"

#define FORMAT (&import_tiktok_affiliate)
#define ORDERS                                                                                                                   \
    "Order ID,Order Status,SKU ID,Quantity,SKU Unit Original Price,SKU Platform Discount,SKU Seller Discount,SKU Subtotal "      \
    "After Discount,"                                                                                                            \
    "Shipping Fee After Discount,Order Amount,Created Time,Order Refund Amount\n"
#define ORDER(id, sku, price, after, refund)                                                                                     \
    id ",Completed," sku ",1," price ",5,5," after ",0," after ",03/30/2026 9:05:00 PM," refund "\n"
#define LAMP ORDER("577111", "11", "50", "40", "")
#define TWO_LINES                                                                                                                \
    "577222,Completed,11,1,50,5,5,40,0,60,03/30/2026 9:05:00 PM,\n577222,Completed,22,2,10,0,0,20,0,60,03/30/2026 9:05:00 PM,\n"
#define ROWS                                                                                                                     \
    "Order ID,SKU ID,Creator Username,Content Type,Content ID,Standard commission rate,Shop Ads commission rate,Est. "           \
    "Commission Base,"                                                                                                           \
    "Est. standard commission payment,Est. Shop Ads commission payment,Est. co-funded creator bonus,Actual Commission Base,"     \
    "Actual Commission Payment,Actual Shop Ads commission payment,Actual co-funded creator bonus,Time Commission "               \
    "Paid,Currency\n"
#define EST(id, sku, rate, base, payment) id "," sku ",anna,Video,7400," rate ",5%," base "," payment ",0,0,,,,,,USD\n"
#define PAID(id, sku, rate, base, payment, paid_base, paid)                                                                      \
    id "," sku ",anna,Video,7400," rate ",5%," base "," payment ",0,0," paid_base "," paid ",0,0,04/20/2026 9:05:00 PM,USD\n"

static const struct zone utc = {.count = 1, .change_us = {INT64_MIN}};
static const struct import_settings us = {.shop_id = {"shop-1", 6}, .market = {"US", 2}, .amount_scale = -1, .zone = &utc};

static void *import(const char *const *files)
{
    struct err err = {0};
    void *data = import_texts(FORMAT, &us, files, &err);
    cr_assert_not_null(data, "%s", err.text);
    return data;
}

static void *import_two(const char *orders, const char *rows)
{
    return import((const char *const[]){orders, rows, NULL});
}

static void refuse(const char *rows, const char *error)
{
    struct err err = {0};
    cr_assert_null(import_texts(FORMAT, &us, (const char *const[]){ORDERS LAMP, rows, NULL}, &err), "%s", error);
    assert_begins(&err, error);
    cr_assert_eq(err.exit_code, EXIT_CODE_DATA);
}

static const struct affiliate *affiliate_of(void *data, uint64_t i)
{
    return &FORMAT->event(data, i)->order.affiliate;
}

static void assert_findings(const void *data, size_t count, const char *const *codes)
{
    cr_assert_eq(FORMAT->findings(data)->count, count, "%d findings", (int)FORMAT->findings(data)->count);
    for (size_t i = 0; i < count; i++)
        cr_assert_str_eq(finding_at(FORMAT, data, i)->code, codes[i]);
}

Test(tiktok_affiliate, an_estimate_reaches_its_order_as_creator_content_and_rate)
{
    void *data = import_two(ORDERS LAMP ORDER("577333", "11", "50", "40", ""),
                            "\xef\xbb\xbf" ROWS EST("577111\t", "11\t", "10.00%", "40", "4"));
    const struct affiliate *affiliate = affiliate_of(data, 0);
    cr_assert(is(affiliate->creator, "anna") && is(affiliate->content_type, "Video") && is(affiliate->content_id, "7400"));
    cr_assert(affiliate->rate_ppm == 100000 && affiliate->shop_ads_rate_ppm == -1 &&
              affiliate->actual_commission_minor == EVENT_ABSENT);
    cr_assert_null(affiliate_of(data, 1)->creator.ptr); /* nobody sold that one */
    assert_findings(data, 0, NULL);
    FORMAT->close(data);
}

Test(tiktok_affiliate, indonesian_and_vietnamese_heads_are_known)
{
    static const char indonesian[] =
        "ID Pesanan,ID Sku,Nama Pengguna Kreator,Jenis Konten,ID Konten,Persentase komisi standar,Est. Acuan Komisi,"
        "Perkiraan pembayaran komisi standar,Pembayaran Komisi Aktual,Waktu Komisi "
        "Dibayar\n577111,11,anna,LIVE,7400,10%,40,4,3.90,04/20/2026 9:05:00 PM\n";
    static const char vietnamese[] =
        "ID đơn hàng,Id Sku,Tên người dùng nhà sáng tạo,Loại nội dung,Id nội dung,Tỷ lệ hoa hồng tiêu chuẩn,Cơ sở hoa hồng ước "
        "tính,"
        "Thanh toán hoa hồng tiêu chuẩn ước tính,Thanh toán hoa hồng thực tế,Thời gian hoa hồng đã thanh toán\n"
        "577111,11,anna,LIVE,7400,\"10,00%\",40,4,3.90,04/20/2026 9:05:00 PM\n";
    const char *const texts[] = {indonesian, vietnamese};
    for (size_t i = 0; i < 2; i++) {
        void *data = import_two(ORDERS LAMP, texts[i]);
        cr_assert(is(affiliate_of(data, 0)->creator, "anna") && affiliate_of(data, 0)->actual_commission_minor == 390);
        assert_findings(data, 0, NULL);
        FORMAT->close(data);
    }
}

Test(tiktok_affiliate, files_come_in_any_order_and_both_are_needed)
{
    struct err err = {0};
    void *data = import((const char *const[]){ROWS EST("577111", "11", "10%", "40", "4"), ORDERS LAMP, NULL});
    cr_assert_eq(affiliate_of(data, 0)->rate_ppm, 100000);
    FORMAT->close(data);
    cr_assert_null(import_texts(FORMAT, &us, (const char *const[]){ROWS, NULL}, &err));
    assert_begins(&err, "an affiliate export does not hold whole orders: give the order export");
    cr_assert_null(import_texts(FORMAT, &us, (const char *const[]){ORDERS LAMP, NULL}, &err));
    assert_begins(&err, "no file is an affiliate order export");
}

Test(tiktok_affiliate, case_30_and_32_the_actual_commission_replaces_the_estimate_at_whatever_rate_it_was)
{
    /* The rate was cut to 7 %, but the creator's was locked at 10 %: 4.00 of 40.00. */
    void *data = import_two(ORDERS LAMP, ROWS PAID("577111", "11", "7%", "40", "2.80", "40", "4.00"));
    cr_assert(affiliate_of(data, 0)->rate_ppm == 70000 && affiliate_of(data, 0)->actual_commission_minor == 400);
    assert_findings(data, 0, NULL);
    FORMAT->close(data);
}

Test(tiktok_affiliate, case_31_a_line_is_paid_by_the_standard_or_by_the_shop_ads_commission_and_never_by_both)
{
    void *data = import_two(ORDERS LAMP, ROWS "577111,11,anna,Video,7400,10%,5%,40,0,2,0,,,,,,USD\n");
    cr_assert(affiliate_of(data, 0)->rate_ppm == 100000 && affiliate_of(data, 0)->shop_ads_rate_ppm == 50000);
    assert_findings(data, 0, NULL);
    FORMAT->close(data);
    data = import_two(ORDERS LAMP, ROWS "577111,11,anna,Video,7400,10%,5%,40,0,2,0,40,0,2.00,0.50,04/20/2026 9:05:00 PM,USD\n");
    cr_assert_eq(affiliate_of(data, 0)->actual_commission_minor, 250); /* with the co-funded bonus */
    FORMAT->close(data);
}

Test(tiktok_affiliate, actual_commissions_count_once_all_lines_have_one)
{
    void *data = import_two(ORDERS TWO_LINES,
                            ROWS PAID("577222", "11", "10%", "40", "4", "40", "4") EST("577222", "22", "10%", "20", "2"));
    cr_assert(affiliate_of(data, 0)->rate_ppm == 100000 && affiliate_of(data, 0)->actual_commission_minor == EVENT_ABSENT);
    assert_findings(data, 1, (const char *const[]){AFFILIATE_PARTLY_ACTUAL});
    cr_assert_eq(finding_at(FORMAT, data, 0)->amount_minor, 400);
    FORMAT->close(data);
    data = import_two(ORDERS TWO_LINES,
                      ROWS PAID("577222", "11", "10%", "40", "4", "40", "4") PAID("577222", "22", "10%", "20", "2", "20", "2"));
    cr_assert_eq(affiliate_of(data, 0)->actual_commission_minor, 600);
    assert_findings(data, 0, NULL);
    FORMAT->close(data);
}

Test(tiktok_affiliate, lines_of_different_rates_have_the_one_that_makes_their_commissions)
{
    /* Only the lamp was sold by a creator: 4.00 of 60.00 is 6.6667 %, which makes 4.000002 of 60.00. */
    void *data = import_two(ORDERS TWO_LINES, ROWS EST("577222", "11", "10%", "40", "4"));
    cr_assert_eq(affiliate_of(data, 0)->rate_ppm, 66667);
    assert_findings(data, 1, (const char *const[]){AFFILIATE_RATES_DIFFER});
    cr_assert_eq(finding_at(FORMAT, data, 0)->amount_minor, 0);
    FORMAT->close(data);
    /* 4.00 and 3.00 by two creators: 7.00 of 60.00; the one of the larger base stands. */
    data = import_two(ORDERS TWO_LINES,
                      ROWS "577222,22,bo,LIVE,7500,15%,,20,3,0,0,,,,,,USD\n" EST("577222", "11", "10%", "40", "4"));
    cr_assert(is(affiliate_of(data, 0)->creator, "anna") && affiliate_of(data, 0)->rate_ppm == 116667);
    assert_findings(data, 2, (const char *const[]){AFFILIATE_CREATORS_DIFFER, AFFILIATE_RATES_DIFFER});
    FORMAT->close(data);
}

/* What the order's commission and the refund's share of it leave, as core/refund.h computes them for an order of one line. */
static int64_t left_after(int64_t commission, int64_t back, int64_t paid)
{
    return commission - (2 * commission * back + paid) / (2 * paid);
}

Test(tiktok_affiliate, of_an_order_that_came_back_in_part_the_refund_leaves_what_was_paid)
{
    for (int64_t back = 1; back < 40; back++) {
        char orders[1024], rows[1024];
        int64_t paid = (40 - back) * 10; /* cents: 10 % of what is left, in whole units */
        (void)snprintf(orders, sizeof orders, ORDERS ORDER("577111", "11", "50", "40", "%d"), (int)back);
        (void)snprintf(rows, sizeof rows,
                       "%s577111,11,anna,Video,7400,10%%,5%%,40,4,0,0,%d,%d.%02d,0,0,04/20/2026 9:05:00 PM,USD\n", ROWS,
                       (int)(40 - back), (int)(paid / 100), (int)(paid % 100));
        void *data = import_two(orders, rows);
        cr_assert_eq(FORMAT->count(data), 2);
        cr_assert_eq(left_after(affiliate_of(data, 0)->actual_commission_minor, back * 100, 4000), paid, "%d back", (int)back);
        FORMAT->close(data);
    }
}

Test(tiktok_affiliate, of_an_order_that_came_back_whole_the_estimate_stands_for_the_refund_to_take)
{
    void *data =
        import_two(ORDERS ORDER("577111", "11", "50", "40", "40"), ROWS PAID("577111", "11", "10%", "40", "4", "0", "0"));
    cr_assert(affiliate_of(data, 0)->rate_ppm == 100000 && affiliate_of(data, 0)->actual_commission_minor == EVENT_ABSENT);
    assert_findings(data, 0, NULL);
    FORMAT->close(data);
    data = import_two(ORDERS ORDER("577111", "11", "50", "40", "40"), ROWS PAID("577111", "11", "10%", "40", "4", "0", "1.50"));
    assert_findings(data, 1, (const char *const[]){AFFILIATE_KEPT});
    cr_assert_eq(finding_at(FORMAT, data, 0)->amount_minor, 150);
    FORMAT->close(data);
    /* The commission was paid on all of it, whatever came back since: that is what it was. */
    data = import_two(ORDERS ORDER("577111", "11", "50", "40", "20"), ROWS PAID("577111", "11", "10%", "40", "4", "40", "4"));
    cr_assert_eq(affiliate_of(data, 0)->actual_commission_minor, 400);
    FORMAT->close(data);
}

Test(tiktok_affiliate, rows_that_find_nothing_or_do_not_add_up_are_findings)
{
    void *data = import_two(ORDERS LAMP, ROWS EST("577111", "11", "10%", "41", "3.50") EST("577999", "11", "10%", "40", "4"));
    assert_findings(data, 3, (const char *const[]){AFFILIATE_BASE_DIFFERS, AFFILIATE_PAYMENT_DIFFERS, AFFILIATE_NO_ORDER});
    cr_assert_eq(finding_at(FORMAT, data, 0)->amount_minor, 100);
    cr_assert_eq(finding_at(FORMAT, data, 1)->amount_minor, -60); /* 3.50 - 4.10 */
    cr_assert(finding_at(FORMAT, data, 2)->amount_minor == 400 && is(finding_at(FORMAT, data, 2)->order_id, "577999"));
    FORMAT->close(data);
    data = import_two(ORDERS LAMP, ROWS EST("577111", "33", "10%", "40", "4"));
    assert_findings(data, 2, (const char *const[]){AFFILIATE_NO_LINE, AFFILIATE_RATES_DIFFER});
    cr_assert_eq(affiliate_of(data, 0)->rate_ppm, 100000);
    FORMAT->close(data);
}

Test(tiktok_affiliate, an_affiliate_is_a_later_revision_of_the_plain_order_and_the_actual_commission_a_later_one_still)
{
    static uint8_t first[8192], second[8192];
    void *plain = import_texts(&import_tiktok_orders, &us, (const char *const[]){ORDERS LAMP, NULL}, &(struct err){0});
    void *estimated = import_two(ORDERS LAMP, ROWS EST("577111", "11", "10%", "40", "4"));
    void *again = import_two(ORDERS LAMP, ROWS EST("577111", "11", "10%", "40", "4"));
    void *actual = import_two(ORDERS LAMP, ROWS PAID("577111", "11", "10%", "40", "4", "40", "4"));
    int64_t plain_revision = import_tiktok_orders.event(plain, 0)->revision, revision = FORMAT->event(estimated, 0)->revision;
    cr_assert(revision > plain_revision && FORMAT->event(actual, 0)->revision > revision);
    size_t len = encode_all(FORMAT, estimated, first, sizeof first);
    cr_assert_eq(encode_all(FORMAT, again, second, sizeof second), len);
    cr_assert_eq(memcmp(first, second, len), 0);
    import_tiktok_orders.close(plain);
    FORMAT->close(estimated);
    FORMAT->close(again);
    FORMAT->close(actual);
}

Test(tiktok_affiliate, of_exports_that_overlap_the_one_that_knows_most_counts)
{
    static const char estimated[] = ROWS EST("577111", "11", "10%", "40", "4");
    static const char actual[] = ROWS PAID("577111", "11", "10%", "40", "4", "40", "3.90");
    void *data = import((const char *const[]){actual, estimated, ORDERS LAMP, ORDERS LAMP, NULL});
    cr_assert(affiliate_of(data, 0)->actual_commission_minor == 390 && affiliate_of(data, 1)->actual_commission_minor == 390);
    assert_findings(data, 0, NULL);
    struct import_totals totals;
    struct err err = {0};
    cr_assert(import_totals_make(FORMAT, data, &utc, &totals, &err), "%s", err.text);
    cr_assert(totals.orders == 1 && totals.affiliates == 1 && totals.actual_commissions == 1 &&
              totals.actual_commission_minor == 390);
    FORMAT->close(data);
}

Test(tiktok_affiliate, what_no_export_can_have_is_refused_with_its_place)
{
    refuse(ROWS EST("5.77E+17", "11", "10%", "40", "4"), "f2.csv:2:1: Order ID 5.77E+17 was rounded by a spreadsheet");
    refuse(ROWS EST("577111", "1729384756012340000", "10%", "40", "4"), "f2.csv:2:8: SKU ID 1729384756012340000 was rounded");
    refuse(ROWS "577111,11,,Video,7400,10%,5%,40,4,0,0,,,,,,USD\n", "f2.csv:2:11: Creator Username is empty");
    refuse(ROWS "577111,11,anna,Video,7.4E+18,10%,5%,40,4,0,0,,,,,,USD\n", "f2.csv:2:22: Content ID 7.4E+18 was rounded");
    refuse(ROWS EST("577111", "11", "0.1", "40", "4"), "f2.csv:2:27: Standard commission rate must be like 7.50%");
    refuse(ROWS EST("577111", "11", "101%", "40", "4"), "f2.csv:2:27: Standard commission rate must be like 7.50%");
    refuse(ROWS EST("577111", "11", "10%", "much", "4"), "f2.csv:2:34: Est. Commission Base must be an amount");
    refuse(ROWS "577111,11,anna,Video,7400,10%,5%,40,4,0,0,,,,,,IDR\n",
           "f2.csv:2:48: this row is in IDR where the shop books in USD");
    refuse(ROWS "577111,11,anna,Video,7400,10%,5%,40,4,0,0,40,4,0,0,soon,USD\n",
           "f2.csv:2:52: Time Commission Paid must be like");
    refuse("Order ID,Creator Username\n", "f2.csv:1:1: the column \"SKU ID\" is missing");
}
