#include "core/settlement_names.h"
#include "import_check.h"
#include "producers/import_totals.h"
#include "producers/tiktok_settlement.h"
#include "producers/tiktok_statement.h"

#define FORMAT (&import_tiktok_settlement)
#define US_HEADER                                                                                                                \
    "Statement date,Statement ID,Payment ID,Type,Order/adjustment ID,SKU ID,Related order ID,Total settlement amount,Net "       \
    "sales,Gross sales,"                                                                                                         \
    "Seller discount,Fees,Referral fee,Adjustment amount"
#define US US_HEADER "\n"
#define SALE "03/30/2026,73001,35001,Order,577111,1729101,/,41.94,45.00,50.00,-5.00,-3.06,-3.06,0\n"

static const struct zone utc = {.count = 1, .change_us = {INT64_MIN}};
static const struct zone jakarta = {.count = 1, .change_us = {INT64_MIN}, .offset_s = {7 * 3600}};
static const struct import_settings us = {.shop_id = {"shop-1", 6}, .market = {"US", 2}, .amount_scale = -1, .zone = &utc};
static const struct import_settings id = {.shop_id = {"shop-1", 6}, .amount_scale = -1, .zone = &jakarta};

#define MARCH_30_US INT64_C(1774828800000000) /* 2026-03-30 00:00 UTC */

static void *import_good(const struct import_settings *settings, const char *text)
{
    struct err err = {0};
    void *data = import_texts(FORMAT, settings, (const char *const[]){text, NULL}, &err);
    cr_assert_not_null(data, "%s", err.text);
    return data;
}

static void refuse(const struct import_settings *settings, const char *text, const char *error)
{
    struct err err = {0};
    cr_assert_null(import_texts(FORMAT, settings, (const char *const[]){text, NULL}, &err), "%s", error);
    assert_begins(&err, error);
    cr_assert_eq(err.exit_code, EXIT_CODE_DATA);
}

/* EVENT_ABSENT where the line does not state it. */
static int64_t amount_of(const struct event *event, const char *field)
{
    for (uint32_t i = 0; i < event->settlement.amount_count; i++)
        if (is(event->settlement.amounts[i].field, field))
            return event->settlement.amounts[i].amount_minor;
    return EVENT_ABSENT;
}

Test(tiktok_settlement, a_row_is_a_line_with_all_that_it_states)
{
    void *data = import_good(&us, "\xef\xbb\xbf" US SALE);
    cr_assert_eq(FORMAT->count(data), 1);
    const struct event *event = FORMAT->event(data, 0);
    const struct settlement *line = &event->settlement;
    cr_assert(is(event->event_id, "tiktok-73001-577111-1729101") && is(event->currency, "USD") && event->amount_scale == 2);
    cr_assert(is(line->statement_id, "73001") && is(line->payout_id, "35001") && is(line->transaction_id, "73001-577111"));
    cr_assert(is(line->order_id, "577111") && is(line->sku, "1729101") && is(line->native_type, "Order") &&
              is(line->status, "PAID"));
    cr_assert(line->settled_at_us == MARCH_30_US && event->occurred_at_us == MARCH_30_US);
    cr_assert(amount_of(event, "Total settlement amount") == 4194 && amount_of(event, "Referral fee") == -306);
    cr_assert_eq(amount_of(event, "Adjustment amount"), EVENT_ABSENT); /* a part that is 0 */
    cr_assert_eq(FORMAT->findings(data)->count, 0);
    FORMAT->close(data);
}

Test(tiktok_settlement, what_is_about_an_order_names_it_and_what_is_not_does_not)
{
    void *data = import_good(&us, US SALE "03/30/2026,73001,,Logistics reimbursement,4601,,577111,5,,,,,,5\n"
                                          "03/30/2026,73001,,GMV payment for TikTok Ads,4602,,/,-9.5,,,,,,-9.5\n");
    cr_assert(is(FORMAT->event(data, 1)->settlement.order_id, "577111"));
    cr_assert(is(FORMAT->event(data, 1)->settlement.transaction_id, "73001-4601"));
    const struct settlement *ads = &FORMAT->event(data, 2)->settlement;
    cr_assert(!ads->order_id.ptr && !ads->payout_id.ptr && !ads->sku.ptr && is(ads->status, "SETTLED"));
    FORMAT->close(data);
}

Test(tiktok_settlement, rows_of_one_statement_order_and_sku_are_numbered_and_files_that_overlap_are_once)
{
    static const char text[] = US SALE SALE "04/30/2026,73002,,Order,577111,1729101,/,-41.94,-45,0,0,3.06,3.06,0\n";
    struct err err = {0};
    struct import_totals totals;
    void *data = import_texts(FORMAT, &us, (const char *const[]){text, text, NULL}, &err);
    cr_assert_not_null(data, "%s", err.text);
    cr_assert_eq(FORMAT->count(data), 6);
    cr_assert(is(FORMAT->event(data, 0)->settlement.transaction_id, "73001-577111"));
    cr_assert(is(FORMAT->event(data, 1)->settlement.transaction_id, "73001-577111#2"));
    cr_assert(is(FORMAT->event(data, 2)->settlement.transaction_id, "73002-577111"));
    cr_assert(is(FORMAT->event(data, 3)->settlement.transaction_id, "73001-577111"));
    cr_assert(import_totals_make(FORMAT, data, &utc, &totals, &err), "%s", err.text);
    cr_assert(totals.settlements == 3 && totals.repeated_settlements == 3 && totals.settled_minor == 4194);
    FORMAT->close(data);
}

Test(tiktok_settlement, rows_have_the_same_ids_in_whatever_order_the_file_has_them)
{
    static const char back[] = "03/30/2026,73001,35001,Order,577111,1729101,/,-20.00,-20,0,0,0,0,0\n";
    char first[1024], second[1024];
    (void)snprintf(first, sizeof first, "%s%s%s", US, SALE, back);
    (void)snprintf(second, sizeof second, "%s%s%s", US, back, SALE);
    void *data = import_good(&us, first), *other = import_good(&us, second);
    for (uint64_t i = 0; i < 2; i++) {
        struct text name = FORMAT->event(data, i)->settlement.transaction_id;
        int64_t total = amount_of(FORMAT->event(data, i), "Total settlement amount");
        cr_assert(text_same(FORMAT->event(other, 1 - i)->settlement.transaction_id, name));
        cr_assert_eq(amount_of(FORMAT->event(other, 1 - i), "Total settlement amount"), total);
    }
    cr_assert(is(FORMAT->event(data, 1)->settlement.transaction_id, "73001-577111#2"));
    FORMAT->close(data);
    FORMAT->close(other);
}

Test(tiktok_settlement, the_same_file_has_the_same_bytes_and_a_payment_makes_a_later_revision)
{
    static uint8_t first[8192], second[8192];
    void *data = import_good(&us, US SALE), *again = import_good(&us, US SALE);
    void *unpaid = import_good(&us, US "03/30/2026,73001,,Order,577111,1729101,/,41.94,45.00,50.00,-5.00,-3.06,-3.06,0\n");
    size_t len = encode_all(FORMAT, data, first, sizeof first);
    cr_assert_eq(encode_all(FORMAT, again, second, sizeof second), len);
    cr_assert_eq(memcmp(first, second, len), 0);
    cr_assert_gt(FORMAT->event(data, 0)->revision, FORMAT->event(unpaid, 0)->revision);
    cr_assert(text_same(FORMAT->event(data, 0)->event_id, FORMAT->event(unpaid, 0)->event_id));
    FORMAT->close(data);
    FORMAT->close(again);
    FORMAT->close(unpaid);
}

Test(tiktok_settlement, south_east_asia_has_its_own_names_no_statements_and_days_of_utc)
{
    static const char english[] =
        "Order/adjustment ID  ,Type,Order created time(UTC),Order settled time(UTC),Currency,Total settlement amount,"
        "Total Revenue,Subtotal after seller discounts,Subtotal before discounts,Seller discounts,Total Fees,"
        "Dynamic commission,Order processing fee,Ajustment amount,Related order ID,Customer payment\n"
        "578123,Order,2026/08/01,2026/08/13,IDR,82470,91000,91000,100000,-9000,-8530,-7280,-1250,0,/,93360\n";
    static const char indonesian[] =
        "ID Pesanan/Penyesuaian,Jenis transaksi,Waktu pemesanan,Waktu penyelesaian pesanan,Mata uang,"
        "Jumlah penyelesaian pembayaran,Total Pendapatan,Subtotal setelah diskon penjual,"
        "Subtotal sebelum diskon,Diskon penjual,Total Biaya,Komisi dinamis,Biaya pemrosesan pesanan,"
        "Jumlah penyesuaian,ID pesanan terkait,Pembayaran pembeli\n"
        "578123,Pesanan,2026/08/01,2026/08/13,IDR,82.470,91.000,91.000,100.000,-9.000,-8.530,-7.280,-1.250,0,/,93.360\n";
    void *data = import_good(&id, english), *other = import_good(&id, indonesian);
    const struct event *event = FORMAT->event(data, 0), *same = FORMAT->event(other, 0);
    cr_assert(is(event->currency, "IDR") && event->amount_scale == 0);
    cr_assert(is(event->settlement.statement_id, "settled-2026-08-13") &&
              is(event->settlement.transaction_id, "settled-2026-08-13-578123"));
    cr_assert_eq(event->settlement.settled_at_us, INT64_C(1786579200000000)); /* 2026-08-13 00:00 UTC, `date -u -d ... +%s` */
    cr_assert_eq(same->settlement.settled_at_us, INT64_C(1786579200000000) - INT64_C(25200000000)); /* 00:00 in Jakarta */
    cr_assert(amount_of(event, "Dynamic commission") == -7280 && amount_of(event, "Total Revenue") == 91000);
    cr_assert_eq(event->settlement.amount_count, same->settlement.amount_count);
    for (uint32_t i = 0; i < event->settlement.amount_count; i++)
        cr_assert(text_same(event->settlement.amounts[i].field, same->settlement.amounts[i].field) &&
                  event->settlement.amounts[i].amount_minor == same->settlement.amounts[i].amount_minor);
    cr_assert(is(same->settlement.native_type, "Order") && FORMAT->findings(data)->count == 0 &&
              FORMAT->findings(other)->count == 0);
    FORMAT->close(data);
    FORMAT->close(other);
}

Test(tiktok_settlement, every_translated_head_is_an_amount_that_is_known)
{
    char normal[200];
    for (const struct statement_translation *head = statement_amounts; head->word; head++)
        cr_assert_not_null(settled_field_find((struct text){normal, settled_normalise(text_of(head->english), normal)}), "%s",
                           head->english);
    static const char *const types[] = {"Pesanan", "Đơn hàng", "Bồi thường do vận chuyển-kho vận",
                                        "Các khoản giảm trừ do người bán chịu"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct text type = statement_type_name(text_of(types[i]));
        cr_assert_neq(settled_type_find((struct text){normal, settled_normalise(type, normal)}), SETTLED_TYPE_UNKNOWN, "%s",
                      types[i]);
    }
}

Test(tiktok_settlement, vietnamese_heads_are_known)
{
    /* 200,000 - 20,000 sold; 9,000 + 3,000 + 1,000 of fees; a carrier's 30,000 of which the platform bears 10,000 and the buyer
     * 20,000. */
    void *data = import_good(
        &id, "ID đơn hàng/điều chỉnh,Loại giao dịch,Thời gian tạo đơn hàng,Thời gian quyết toán đơn hàng,Đơn vị tiền tệ,"
             "Tổng số tiền quyết toán,Tổng doanh thu,Tổng phụ sau giảm giá của người bán,Tổng phụ trước giảm giá,"
             "Giảm giá của người bán,Tổng phí,Phí giao dịch,Phí xử lý đơn hàng,Phí hoa hồng của TikTok Shop,"
             "Phí vận chuyển thực tế,Chiết khấu phí vận chuyển của nền tảng,Chi phí vận chuyển của khách hàng,"
             "Số tiền điều chỉnh,ID đơn hàng liên quan\n"
             "579123,Đơn hàng,2026/06/01,2026/06/10,VND,167000,180000,180000,200000,-20000,-13000,-9000,-3000,-1000,"
             "-30000,10000,20000,0,579123\n"
             "460123,Bồi thường do vận chuyển-kho vận,,2026/06/10,VND,5000,,,,,,,,,,,,5000,579123\n");
    const struct event *event = FORMAT->event(data, 0);
    cr_assert(is(event->currency, "VND") && event->amount_scale == 0 && amount_of(event, "Order processing fee") == -3000);
    cr_assert(is(FORMAT->event(data, 1)->settlement.native_type, "Logistics reimbursement"));
    cr_assert(is(FORMAT->event(data, 1)->settlement.order_id, "579123"));
    cr_assert_eq(FORMAT->findings(data)->count, 0);
    FORMAT->close(data);
}

Test(tiktok_settlement, unknown_amounts_stay_in_the_total_and_unknown_texts_are_passed_over)
{
    /* 45.00 - 3.06 - 0.25 = 41.69 */
    void *data = import_good(&us, US_HEADER ",Galaxy fee,Colour,Shade\n"
                                            "03/30/2026,73001,,Order,1,,/,41.69,45,50,-5,-3.31,-3.06,0,-0.25,blue,1.00\n"
                                            "03/30/2026,73001,,Moon levy,2,,/,-1,,,,,,-1,,red,dark\n");
    struct err err = {0};
    struct import_totals totals;
    cr_assert_eq(amount_of(FORMAT->event(data, 0), "Galaxy fee"), -25);
    cr_assert_eq(amount_of(FORMAT->event(data, 0), "Shade"), EVENT_ABSENT); /* its second field shows that it is a text */
    static const struct {
        const char *code;
        int64_t amount;
        uint32_t line;
    } expected[] = {{STATEMENT_UNKNOWN_COLUMN, -25, 1},
                    {STATEMENT_TEXT_COLUMN, EVENT_ABSENT, 2},
                    {STATEMENT_TEXT_COLUMN, EVENT_ABSENT, 3},
                    {STATEMENT_UNKNOWN_TYPE, -100, 3}};
    cr_assert_eq(FORMAT->findings(data)->count, 4);
    for (size_t i = 0; i < 4; i++) {
        const struct finding *finding = finding_at(FORMAT, data, i);
        cr_assert_str_eq(finding->code, expected[i].code);
        cr_assert(finding->amount_minor == expected[i].amount && finding->line == expected[i].line, "%s", finding->code);
    }
    cr_assert(import_totals_make(FORMAT, data, &utc, &totals, &err), "%s", err.text);
    cr_assert(totals.settled_minor == 4069 && totals.settled_rows_minor == 4069);
    FORMAT->close(data);
}

Test(tiktok_settlement, identities_that_break_are_findings_and_the_rows_still_add_up_to_the_total)
{
    void *data = import_good(&us, US "03/30/2026,73001,,Order,1,,/,42.03,45.00,50.00,-5.00,-3.06,-3.06,0\n"
                                     "03/30/2026,73001,,Order,2,,/,41.94,45.00,50.00,-4.78,-3.06,-3.06,0\n");
    struct err err = {0};
    struct import_totals totals;
    cr_assert_eq(FORMAT->findings(data)->count, 2);
    cr_assert_str_eq(finding_at(FORMAT, data, 0)->code, STATEMENT_TOTAL_DIFFERS);
    cr_assert_eq(finding_at(FORMAT, data, 0)->amount_minor, 9); /* 42.03 - (45.00 - 3.06) */
    cr_assert_str_eq(finding_at(FORMAT, data, 1)->code, STATEMENT_SALES_DIFFER);
    cr_assert_eq(finding_at(FORMAT, data, 1)->amount_minor, -22); /* 45.00 - (50.00 - 4.78) */
    cr_assert(import_totals_make(FORMAT, data, &utc, &totals, &err), "%s", err.text);
    cr_assert(totals.settled_minor == 4203 + 4194 && totals.settled_rows_minor == totals.settled_minor);
    FORMAT->close(data);
    /* -12,000 + 7,000 + 4,500 is 500 short of nothing. */
    data = import_good(
        &id,
        "Type,Order/adjustment ID,Order settled time,Currency,Total settlement amount,Total Revenue,Subtotal before discounts,"
        "Total Fees,Actual shipping fee,Platform shipping fee discount,Customer shipping fee\n"
        "Order,1,2026/08/13,IDR,99500,100000,100000,-500,-12000,7000,4500\n");
    cr_assert_eq(FORMAT->findings(data)->count, 1);
    cr_assert_str_eq(finding_at(FORMAT, data, 0)->code, STATEMENT_SHIPPING_DIFFERS);
    cr_assert_eq(finding_at(FORMAT, data, 0)->amount_minor, -500);
    FORMAT->close(data);
}

Test(tiktok_settlement, what_no_statement_can_have_is_refused_with_its_place)
{
    refuse(&us, US "03/30/2026,73001,,Order,5.77E+17,,/,1,1,1,0,0,0,0\n",
           "f1.csv:2:25: Order/adjustment ID 5.77E+17 was rounded");
    refuse(&us, US "03/30/2026,7300000000000000000,,Order,1,,/,1,1,1,0,0,0,0\n",
           "f1.csv:2:12: Statement ID 7300000000000000000 was");
    refuse(&us, US "03/30/2026,73001,,Order,1,1729384756012340000,/,1,1,1,0,0,0,0\n",
           "f1.csv:2:27: SKU ID 1729384756012340000 was");
    refuse(&us, US "03/30/2026,73001,,Other adjustment,1,,577000000000000000,1,1,1,0,0,0,0\n",
           "f1.csv:2:39: Related order ID 577");
    refuse(&us, US "30/03/2026,73001,,Order,1,,/,1,1,1,0,0,0,0\n", "f1.csv:2:1: this date is not MM/DD/YYYY");
    refuse(&us, US ",73001,,Order,1,,/,1,1,1,0,0,0,0\n", "f1.csv:2:1: Statement date is empty");
    refuse(&us, US "03/30/2026,73001,,,1,,/,1,1,1,0,0,0,0\n", "f1.csv:2:19: Type is empty");
    refuse(&us, US SALE "03/30/2026,73001,,Order,/,,/,1,1,1,0,0,0,0\n", "f1.csv:3:25: Order/adjustment ID is empty");
    refuse(&us, US "03/30/2026,73001,,Order,1,,/,,1,1,0,0,0,0\n", "f1.csv:2:30: Total settlement amount is empty");
    refuse(&us, US "03/30/2026,73001,,Order,1,,/,1,1,one,0,0,0,0\n", "f1.csv:2:34: Gross sales must be an amount");
    refuse(&us, US "03/30/2026,73001,,Order,1,,/,1,1,1.005,0,0,0,0\n", "f1.csv:2:34: Gross sales must be an amount");
    refuse(&us, US_HEADER ",referral  fee\n", "f1.csv:1:1");
    refuse(&id, "Type,Order/adjustment ID,Statement date,Total settlement amount\nOrder,1,2026/08/13,5\n",
           "f1.csv:2:20: the file does not say its currency");
    refuse(&us, "Type,Order/adjustment ID,Statement date,Currency,Total settlement amount\nOrder,1,2026/08/13,IDR,5\n",
           "f1.csv:2:20: this row is in IDR where the shop books in USD");
    refuse(&us, "Order ID,Order Status\n", "f1.csv:1:1: the column \"Type\" is missing");
    refuse(&us, "", "f1.csv is empty");
}
