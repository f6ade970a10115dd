/*
 * English heads are those of exports of 2024 to 2026. Indonesian and Vietnamese ones are what sellers' own tools read from such exports: where
 * one differs, the error names the column that is missing, or the amount is a finding, and a row here mends it.
 */
#include "producers/tiktok_statement.h"

#include <stddef.h>

const struct csv_column statement_columns[] = {
    {STATEMENT_TYPE, true, "Type"},
    {STATEMENT_TYPE, false, "Transaction type"},
    {STATEMENT_TYPE, false, "Jenis transaksi"},
    {STATEMENT_ENTRY, true, "Order/adjustment ID"},
    {STATEMENT_ENTRY, false, "Order\\adjustment ID"},
    {STATEMENT_ENTRY, false, "ID Pesanan/Penyesuaian"},
    {STATEMENT_TOTAL, true, "Total settlement amount"},
    {STATEMENT_TOTAL, false, "Jumlah penyelesaian pembayaran"},
    {STATEMENT_TOTAL, false, "Jumlah penyelesaian pesanan"},
    {STATEMENT_DATE, true, "Statement date"},
    {STATEMENT_DATE, false, "Order settled time"},
    {STATEMENT_DATE, false, "Order settled time(UTC)"},
    {STATEMENT_DATE, false, "Order settled time (UTC)"},
    {STATEMENT_DATE, false, "Waktu penyelesaian pesanan"},
    {STATEMENT_DATE, false, "Waktu penyelesaian pembayaran"},
    {STATEMENT_DATE, false, "Waktu pembayaran pesanan"},
    {STATEMENT_ID, false, "Statement ID"},
    {STATEMENT_PAYMENT, false, "Payment ID"},
    {STATEMENT_STATUS, false, "Status"},
    {STATEMENT_SKU, false, "SKU ID"},
    {STATEMENT_SKU, false, "ID SKU"},
    {STATEMENT_RELATED, false, "Related order ID"},
    {STATEMENT_RELATED, false, "ID pesanan terkait"},
    {STATEMENT_CURRENCY, false, "Currency"},
    {STATEMENT_CURRENCY, false, "Mata uang"},
    {STATEMENT_TYPE, false, "Loại giao dịch"},
    {STATEMENT_ENTRY, false, "ID đơn hàng/điều chỉnh"},
    {STATEMENT_TOTAL, false, "Tổng số tiền quyết toán"},
    {STATEMENT_DATE, false, "Thời gian quyết toán đơn hàng"},
    {STATEMENT_RELATED, false, "ID đơn hàng liên quan"},
    {STATEMENT_CURRENCY, false, "Đơn vị tiền tệ"},
    {0, false, NULL},
};

const char *statement_name(enum statement_column column)
{
    return csv_column_name(statement_columns, (uint8_t)column);
}

static bool is_one_of(struct text word, const char *const *words)
{
    while (*words && !text_is(word, *words))
        words++;
    return *words != NULL;
}

bool statement_is_text(struct text head)
{
    static const char *const heads[] = {"Quantity",
                                        "Product name",
                                        "SKU name",
                                        "Order created date",
                                        "Order created time",
                                        "Order created time(UTC)",
                                        "Order created time (UTC)",
                                        "Order delivery date",
                                        "Adjustment reason",
                                        "Order source",
                                        "Collection by",
                                        "Collection methods",
                                        "Estimated package weight (g)",
                                        "Actual package weight (g)",
                                        "Shopping center items",
                                        "Waktu pemesanan",
                                        "Waktu pesanan dibuat",
                                        "Kuantitas",
                                        "Nama produk",
                                        "Sumber pesanan",
                                        "Detail produk terjual",
                                        "Thời gian tạo đơn hàng",
                                        "Số lượng",
                                        "Tên sản phẩm",
                                        "Tên SKU",
                                        "Trọng lượng kiện hàng ước tính",
                                        "Trọng lượng kiện hàng được tính phí",
                                        NULL};
    return is_one_of(head, heads);
}

static struct text translated(const struct statement_translation *words, struct text text)
{
    for (; words->word; words++)
        if (text_is(text, words->word))
            return text_of(words->english);
    return text;
}

const struct statement_translation statement_amounts[] = {
    {"Jumlah penyelesaian pembayaran", "Total settlement amount"},
    {"Jumlah penyelesaian pesanan", "Total settlement amount"},
    {"Total pendapatan", "Total Revenue"},
    {"Subtotal setelah diskon penjual", "Subtotal after seller discounts"},
    {"Subtotal sebelum diskon", "Subtotal before discounts"},
    {"Diskon penjual", "Seller discounts"},
    {"Subtotal pengembalian dana setelah diskon penjual", "Refund subtotal after seller discounts"},
    {"Subtotal pengembalian dana sebelum diskon penjual", "Refund subtotal before seller discounts"},
    {"Pengembalian dana diskon penjual", "Refund of seller discounts"},
    {"Total biaya", "Total Fees"},
    {"Jumlah biaya", "Total Fees"},
    {"Biaya komisi platform", "Platform commission fee"},
    {"Komisi dinamis", "Dynamic commission"},
    {"Biaya pemrosesan pesanan", "Order processing fee"},
    {"Biaya layanan logistik", "Logistics service fee"},
    {"Biaya pembayaran", "Payment fee"},
    {"Biaya program PayLater", "PayLater program fee"},
    {"Biaya sumber daya campaign", "Campaign resource fee"},
    {"Biaya layanan Brands Crazy Deal/Flash Sale", "Brands Crazy Deals/Flash Sale service fee"},
    {"Biaya iklan GMV Max", "GMV Max ad fee"},
    {"Ongkir", "Shipping cost"},
    {"Ongkir yang ditanggung platform", "Shipping cost borne by the platform"},
    {"Diskon ongkir dari penjual", "Seller shipping cost discount"},
    {"Komisi afiliasi", "Affiliate Commission"},
    {"Jumlah penyesuaian", "Ajustment amount"},
    {"Pembayaran pembeli", "Customer payment"},
    {"Pengembalian dana pembeli", "Customer refund"},

    {"Tổng số tiền quyết toán", "Total settlement amount"},
    {"Tổng doanh thu", "Total Revenue"},
    {"Tổng phụ sau giảm giá của người bán", "Subtotal after seller discounts"},
    {"Tổng phụ trước giảm giá", "Subtotal before discounts"},
    {"Giảm giá của người bán", "Seller discounts"},
    {"Tổng phụ của khoản hoàn tiền sau giảm giá của người bán", "Refund subtotal after seller discounts"},
    {"Tổng phụ hoàn tiền trước giảm giá của người bán", "Refund subtotal before seller discounts"},
    {"Khoản hoàn tiền giảm giá của người bán", "Refund of seller discounts"},
    {"Tổng phí", "Total Fees"},
    {"Phí giao dịch", "Transaction fee"},
    {"Phí hoa hồng của TikTok Shop", "TikTok Shop commission fee"},
    {"Phí vận chuyển của người bán", "Seller shipping fee"},
    {"Phí vận chuyển thực tế", "Actual shipping fee"},
    {"Chiết khấu phí vận chuyển của nền tảng", "Platform shipping fee discount"},
    {"Chi phí vận chuyển của khách hàng", "Customer shipping fee"},
    {"Phí vận chuyển trả hàng thực tế", "Actual return shipping fee"},
    {"Phí vận chuyển của khách hàng được hoàn lại", "Refunded customer shipping fee"},
    {"Hoàn phí SFR", "SFR reimbursement"},
    {"Trợ cấp giao hàng không thành công", "Failed delivery subsidy"},
    {"Trợ giá vận chuyển", "Shipping subsidy"},
    {"Hoa hồng liên kết", "Affiliate Commission"},
    {"Hoa hồng liên kết trước thuế TNCN (thuế thu nhập cá nhân)", "Affiliate commission before PIT (personal income tax)"},
    {"Thuế TNCN đã khấu trừ", "Personal income tax withheld from affiliate commission"},
    {"Hoa hồng liên kết Quảng cáo cửa hàng", "Affiliate Shop Ads commission"},
    {"Hoa hồng của Quảng cáo cửa hàng liên kết trước thuế TNCN", "Affiliate Shop Ads commission before PIT"},
    {"Thuế thu nhập cá nhân đã được khấu trừ vào khoản hoa hồng của Quảng cáo cửa hàng liên kết",
     "Personal income tax withheld from affiliate shop ads commission"},
    {"Hoa hồng của đối tác liên kết", "Affiliate partner commission"},
    {"Tiền cọc hoa hồng liên kết", "Affiliate commission deposit"},
    {"Hoàn hoa hồng liên kết", "Affiliate commission refund"},
    {"Hoa hồng quảng cáo cửa hàng của Đối tác liên kết", "Affiliate Partner shop ads commission"},
    {"Phí dịch vụ SFP", "SFP service fee"},
    {"Phí dịch vụ hoàn tiền thưởng", "Bonus cashback service fee"},
    {"Phí dịch vụ Ưu đãi đặc biệt trên LIVE", "LIVE Specials service fee"},
    {"Phí dịch vụ Voucher Xtra", "Voucher Xtra service fee"},
    {"Phí xử lý đơn hàng", "Order processing fee"},
    {"Phí dịch vụ Chương trình EAMS", "EAMS Program service fee"},
    {"Phí dịch vụ Flash Sale", "Flash Sale service fee"},
    {"Thuế GTGT do TikTok Shop khấu trừ", "VAT withheld by TikTok Shop"},
    {"Thuế TNCN do TikTok Shop khấu trừ", "PIT withheld by TikTok Shop"},
    {"Phí chương trình TikTok PayLater", "TikTok PayLater program fee"},
    {"Phí nguồn lực chiến dịch", "Campaign resource fee"},
    {"Phí dịch vụ SFR", "SFR service fee"},
    {"Voucher GMV Max", "GMV Max coupon"},
    {"Phí quảng cáo GMV Max", "GMV Max ad fee"},
    {"Số tiền điều chỉnh", "Ajustment amount"},
    {"Khách thanh toán", "Customer payment"},
    {"Tiền hoàn của khách", "Customer refund"},
    {"Giảm giá voucher đồng chi trả của người bán", "Seller co-funded voucher discount"},
    {"Hoàn tiền giảm giá voucher đồng chi trả của người bán", "Refund of seller co-funded voucher discount"},
    {"Giảm giá của nền tảng", "Platform discounts"},
    {"Hoàn tiền giảm giá của nền tảng", "Refund of platform discounts"},
    {"Giảm giá voucher đồng chi trả của nền tảng", "Platform co-funded voucher discounts"},
    {"Hoàn tiền giảm giá voucher đồng chi trả của nền tảng", "Refund of platform co-funded voucher discounts"},
    {"Giảm phí vận chuyển của người bán", "Seller shipping fee discount"},
    {NULL, NULL},
};

struct text statement_amount_name(struct text head)
{
    return translated(statement_amounts, head);
}

struct text statement_type_name(struct text type)
{
    static const struct statement_translation words[] = {
        {"Pesanan", "Order"},
        {"Đơn hàng", "Order"},
        {"Bồi thường do vận chuyển-kho vận", "Logistics reimbursement"},
        {"Các khoản giảm trừ do người bán chịu", "Deductions incurred by seller"},
        {NULL, NULL},
    };
    return translated(words, type);
}
