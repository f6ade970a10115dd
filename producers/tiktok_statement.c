/*
 * English heads are those of exports of 2024 to 2026. Indonesian ones are what sellers' own tools read from such exports: where one
 * differs, the error names the column that is missing, or the amount is a finding, and a row here mends it.
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
    {0, false, NULL},
};

const char *statement_name(enum statement_column column)
{
    const struct csv_column *names = statement_columns;
    while (names->id != column)
        names++;
    return names->name;
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
                                        NULL};
    return is_one_of(head, heads);
}

struct translation {
    const char *word, *english;
};

static struct text translated(const struct translation *words, struct text text)
{
    for (; words->word; words++)
        if (text_is(text, words->word))
            return text_of(words->english);
    return text;
}

struct text statement_amount_name(struct text head)
{
    static const struct translation words[] = {
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
        {"Komisi afiliasi", "Affiliate Commission"},
        {"Jumlah penyesuaian", "Ajustment amount"},
        {"Pembayaran pembeli", "Customer payment"},
        {"Pengembalian dana pembeli", "Customer refund"},
        {NULL, NULL},
    };
    return translated(words, head);
}

struct text statement_type_name(struct text type)
{
    static const struct translation words[] = {
        {"Pesanan", "Order"},
        {"Pembayaran GMV untuk Iklan TikTok", "GMV payment for TikTok Ads"},
        {"Penggantian logistik", "Logistics reimbursement"},
        {"Penggantian platform", "Platform reimbursement"},
        {"Penyesuaian lainnya", "Other adjustment"},
        {NULL, NULL},
    };
    return translated(words, type);
}
