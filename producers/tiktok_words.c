/*
 * English names are those of real exports. Vietnamese, Indonesian and Thai ones are what sellers' own tools and the Seller Center's pages
 * call these columns: where an export differs, the error names the column that is missing, and a row here mends it.
 */
#include "producers/tiktok_words.h"

#include <stddef.h>

const struct csv_column tiktok_columns[] = {
    {TIKTOK_ORDER_ID, true, "Order ID"},
    {TIKTOK_STATUS, true, "Order Status"},
    {TIKTOK_SKU_ID, true, "SKU ID"},
    {TIKTOK_QUANTITY, true, "Quantity"},
    {TIKTOK_UNIT_PRICE, true, "SKU Unit Original Price"},
    {TIKTOK_PLATFORM_DISCOUNT, true, "SKU Platform Discount"},
    {TIKTOK_SELLER_DISCOUNT, true, "SKU Seller Discount"},
    {TIKTOK_SUBTOTAL_AFTER, true, "SKU Subtotal After Discount"},
    {TIKTOK_SHIPPING_AFTER, true, "Shipping Fee After Discount"},
    {TIKTOK_AMOUNT, true, "Order Amount"},
    {TIKTOK_CREATED, true, "Created Time"},
    {TIKTOK_SUBSTATUS, false, "Order Substatus"},
    {TIKTOK_TYPE, false, "Normal or Pre-order"},
    {TIKTOK_ORDER_TYPE, false, "Order Type"},
    {TIKTOK_SELLER_SKU, false, "Seller SKU"},
    {TIKTOK_PRODUCT_NAME, false, "Product Name"},
    {TIKTOK_RETURNED, false, "Sku Quantity of return"},
    {TIKTOK_SUBTOTAL, false, "SKU Subtotal Before Discount"},
    {TIKTOK_SHIPPING_LIST, false, "Original Shipping Fee"},
    {TIKTOK_SHIPPING_SELLER, false, "Shipping Fee Seller Discount"},
    {TIKTOK_SHIPPING_COFUNDED, false, "Co-Funded Shipping Fee Discount"},
    {TIKTOK_SHIPPING_COFUNDED, false, "Shipping Fee Co-Funded Discount"},
    {TIKTOK_SHIPPING_PLATFORM, false, "Shipping Fee Platform Discount"},
    {TIKTOK_PAYMENT_DISCOUNT, false, "Payment platform discount"},
    {TIKTOK_RETAIL_FEE, false, "Retail Delivery Fee"},
    {TIKTOK_SMALL_ORDER_FEE, false, "Small Order Fee"},
    {TIKTOK_SERVICE_FEE, false, "Buyer Service Fee"},
    {TIKTOK_HANDLING_FEE, false, "Handling Fee"},
    {TIKTOK_SHIPPING_INSURANCE, false, "Shipping Insurance"},
    {TIKTOK_ITEM_INSURANCE, false, "Item Insurance"},
    {TIKTOK_TAXES, false, "Taxes"},
    {TIKTOK_REFUND, false, "Order Refund Amount"},
    {TIKTOK_PAID, false, "Paid Time"},
    {TIKTOK_SHIPPED, false, "Shipped Time"},
    {TIKTOK_DELIVERED, false, "Delivered Time"},
    {TIKTOK_CANCELLED, false, "Cancelled Time"},
    {TIKTOK_CANCELLED, false, "Canceled Time"},
    {TIKTOK_CANCEL_BY, false, "Cancel By"},
    {TIKTOK_RETURN_TYPE, false, "Cancelation/Return Type"},
    {TIKTOK_RETURN_TYPE, false, "Cancellation/Return Type"},
    {TIKTOK_BUYER, false, "Buyer Username"},
    {TIKTOK_PAYMENT_METHOD, false, "Payment Method"},
    {TIKTOK_CATEGORY, false, "Product Category"},
    {TIKTOK_CHANNEL, false, "Purchase Channel"},
    {TIKTOK_IS_SAMPLE, false, "Is Sample Order"},
    {TIKTOK_IS_REPLACEMENT, false, "Is Replacement Order"},

    {TIKTOK_ORDER_ID, false, "ID Pesanan"},
    {TIKTOK_STATUS, false, "Status Pesanan"},
    {TIKTOK_SUBSTATUS, false, "Substatus Pesanan"},
    {TIKTOK_TYPE, false, "Normal atau Pre-order"},
    {TIKTOK_SKU_ID, false, "ID SKU"},
    {TIKTOK_SELLER_SKU, false, "SKU Penjual"},
    {TIKTOK_PRODUCT_NAME, false, "Nama Produk"},
    {TIKTOK_QUANTITY, false, "Kuantitas"},
    {TIKTOK_RETURNED, false, "Kuantitas SKU yang Dikembalikan"},
    {TIKTOK_UNIT_PRICE, false, "Harga Awal Unit SKU"},
    {TIKTOK_SUBTOTAL, false, "Subtotal SKU Sebelum Diskon"},
    {TIKTOK_PLATFORM_DISCOUNT, false, "Diskon SKU dari Platform"},
    {TIKTOK_SELLER_DISCOUNT, false, "Diskon SKU dari Penjual"},
    {TIKTOK_SUBTOTAL_AFTER, false, "Subtotal SKU Setelah Diskon"},
    {TIKTOK_SHIPPING_AFTER, false, "Biaya Pengiriman Setelah Diskon"},
    {TIKTOK_SHIPPING_LIST, false, "Biaya Pengiriman Awal"},
    {TIKTOK_SHIPPING_SELLER, false, "Diskon Biaya Pengiriman dari Penjual"},
    {TIKTOK_SHIPPING_PLATFORM, false, "Diskon Biaya Pengiriman dari Platform"},
    {TIKTOK_PAYMENT_DISCOUNT, false, "Diskon Pembayaran dari Platform"},
    {TIKTOK_SERVICE_FEE, false, "Biaya Layanan Pembeli"},
    {TIKTOK_HANDLING_FEE, false, "Biaya Penanganan"},
    {TIKTOK_SHIPPING_INSURANCE, false, "Asuransi Pengiriman"},
    {TIKTOK_ITEM_INSURANCE, false, "Asuransi Barang"},
    {TIKTOK_TAXES, false, "Pajak"},
    {TIKTOK_AMOUNT, false, "Jumlah Pesanan"},
    {TIKTOK_REFUND, false, "Jumlah Pengembalian Dana Pesanan"},
    {TIKTOK_CREATED, false, "Waktu Dibuat"},
    {TIKTOK_PAID, false, "Waktu Dibayar"},
    {TIKTOK_SHIPPED, false, "Waktu Dikirim"},
    {TIKTOK_DELIVERED, false, "Waktu Terkirim"},
    {TIKTOK_CANCELLED, false, "Waktu Dibatalkan"},
    {TIKTOK_CANCEL_BY, false, "Dibatalkan Oleh"},
    {TIKTOK_BUYER, false, "Nama Pengguna Pembeli"},
    {TIKTOK_PAYMENT_METHOD, false, "Metode Pembayaran"},
    {TIKTOK_CATEGORY, false, "Kategori Produk"},

    {TIKTOK_ORDER_ID, false, "ID đơn hàng"},
    {TIKTOK_ORDER_ID, false, "Mã đơn hàng"},
    {TIKTOK_STATUS, false, "Trạng thái đơn hàng"},
    {TIKTOK_SUBSTATUS, false, "Trạng thái phụ của đơn hàng"},
    {TIKTOK_SELLER_SKU, false, "SKU người bán"},
    {TIKTOK_PRODUCT_NAME, false, "Tên sản phẩm"},
    {TIKTOK_QUANTITY, false, "Số lượng"},
    {TIKTOK_UNIT_PRICE, false, "Giá gốc đơn vị SKU"},
    {TIKTOK_SUBTOTAL, false, "Tổng phụ SKU trước giảm giá"},
    {TIKTOK_PLATFORM_DISCOUNT, false, "Giảm giá của nền tảng SKU"},
    {TIKTOK_SELLER_DISCOUNT, false, "Giảm giá của người bán SKU"},
    {TIKTOK_SUBTOTAL_AFTER, false, "Tổng phụ SKU sau giảm giá"},
    {TIKTOK_SHIPPING_AFTER, false, "Phí vận chuyển sau giảm giá"},
    {TIKTOK_SHIPPING_LIST, false, "Phí vận chuyển gốc"},
    {TIKTOK_SHIPPING_SELLER, false, "Giảm giá phí vận chuyển của người bán"},
    {TIKTOK_SHIPPING_PLATFORM, false, "Giảm giá phí vận chuyển của nền tảng"},
    {TIKTOK_PAYMENT_DISCOUNT, false, "Giảm giá thanh toán của nền tảng"},
    {TIKTOK_TAXES, false, "Thuế"},
    {TIKTOK_AMOUNT, false, "Số tiền đơn hàng"},
    {TIKTOK_REFUND, false, "Số tiền hoàn lại của đơn hàng"},
    {TIKTOK_CREATED, false, "Thời gian tạo"},
    {TIKTOK_PAID, false, "Thời gian thanh toán"},
    {TIKTOK_SHIPPED, false, "Thời gian vận chuyển"},
    {TIKTOK_DELIVERED, false, "Thời gian giao hàng"},
    {TIKTOK_CANCELLED, false, "Thời gian hủy"},
    {TIKTOK_CANCEL_BY, false, "Người hủy"},
    {TIKTOK_BUYER, false, "Tên người dùng của người mua"},
    {TIKTOK_PAYMENT_METHOD, false, "Phương thức thanh toán"},
    {TIKTOK_CATEGORY, false, "Danh mục sản phẩm"},

    {TIKTOK_ORDER_ID, false, "หมายเลขคำสั่งซื้อ"},
    {TIKTOK_ORDER_ID, false, "รหัสคำสั่งซื้อ"},
    {TIKTOK_STATUS, false, "สถานะคำสั่งซื้อ"},
    {TIKTOK_SUBSTATUS, false, "สถานะย่อยของคำสั่งซื้อ"},
    {TIKTOK_SKU_ID, false, "รหัส SKU"},
    {TIKTOK_SELLER_SKU, false, "SKU ของผู้ขาย"},
    {TIKTOK_PRODUCT_NAME, false, "ชื่อสินค้า"},
    {TIKTOK_QUANTITY, false, "จำนวน"},
    {TIKTOK_UNIT_PRICE, false, "ราคาเดิมต่อหน่วยของ SKU"},
    {TIKTOK_SUBTOTAL, false, "ยอดรวม SKU ก่อนส่วนลด"},
    {TIKTOK_PLATFORM_DISCOUNT, false, "ส่วนลด SKU จากแพลตฟอร์ม"},
    {TIKTOK_SELLER_DISCOUNT, false, "ส่วนลด SKU จากผู้ขาย"},
    {TIKTOK_SUBTOTAL_AFTER, false, "ยอดรวม SKU หลังส่วนลด"},
    {TIKTOK_SHIPPING_AFTER, false, "ค่าจัดส่งหลังส่วนลด"},
    {TIKTOK_SHIPPING_LIST, false, "ค่าจัดส่งเดิม"},
    {TIKTOK_SHIPPING_SELLER, false, "ส่วนลดค่าจัดส่งจากผู้ขาย"},
    {TIKTOK_SHIPPING_PLATFORM, false, "ส่วนลดค่าจัดส่งจากแพลตฟอร์ม"},
    {TIKTOK_SMALL_ORDER_FEE, false, "ค่าธรรมเนียมคำสั่งซื้อขนาดเล็ก"},
    {TIKTOK_TAXES, false, "ภาษี"},
    {TIKTOK_AMOUNT, false, "ยอดคำสั่งซื้อ"},
    {TIKTOK_REFUND, false, "ยอดคืนเงินของคำสั่งซื้อ"},
    {TIKTOK_CREATED, false, "เวลาที่สร้าง"},
    {TIKTOK_PAID, false, "เวลาที่ชำระเงิน"},
    {TIKTOK_SHIPPED, false, "เวลาที่จัดส่ง"},
    {TIKTOK_DELIVERED, false, "เวลาที่ส่งถึง"},
    {TIKTOK_CANCELLED, false, "เวลาที่ยกเลิก"},
    {TIKTOK_CANCEL_BY, false, "ยกเลิกโดย"},
    {TIKTOK_BUYER, false, "ชื่อผู้ใช้ของผู้ซื้อ"},
    {TIKTOK_PAYMENT_METHOD, false, "วิธีการชำระเงิน"},
    {TIKTOK_CATEGORY, false, "หมวดหมู่สินค้า"},
    {0, false, NULL},
};

struct status_word {
    const char *word;
    enum order_status status;
};

static const struct status_word status_words[] = {
    {"Unpaid", ORDER_UNPAID},
    {"On hold", ORDER_ON_HOLD},
    {"On_hold", ORDER_ON_HOLD},
    {"To ship", ORDER_PAID},
    {"Awaiting shipment", ORDER_PAID},
    {"Awaiting_shipment", ORDER_PAID},
    {"Awaiting collection", ORDER_PAID},
    {"Awaiting_collection", ORDER_PAID},
    {"Partially shipping", ORDER_PAID},
    {"Partially_shipping", ORDER_PAID},
    {"Partially shipped", ORDER_PAID},
    {"Shipped", ORDER_SHIPPED},
    {"In transit", ORDER_SHIPPED},
    {"In_transit", ORDER_SHIPPED},
    {"Delivered", ORDER_DELIVERED},
    {"Completed", ORDER_COMPLETED},
    {"Cancelled", ORDER_CANCELLED},
    {"Canceled", ORDER_CANCELLED},

    {"Belum dibayar", ORDER_UNPAID},
    {"Ditahan", ORDER_ON_HOLD},
    {"Perlu dikirim", ORDER_PAID},
    {"Menunggu pengiriman", ORDER_PAID},
    {"Menunggu pengambilan", ORDER_PAID},
    {"Menunggu penjemputan", ORDER_PAID},
    {"Dikirim", ORDER_SHIPPED},
    {"Dalam pengiriman", ORDER_SHIPPED},
    {"Dalam perjalanan", ORDER_SHIPPED},
    {"Sedang transit", ORDER_SHIPPED},
    {"Terkirim", ORDER_DELIVERED},
    {"Selesai", ORDER_COMPLETED},
    {"Dibatalkan", ORDER_CANCELLED},

    {"Chưa thanh toán", ORDER_UNPAID},
    {"Tạm giữ", ORDER_ON_HOLD},
    {"Cần gửi", ORDER_PAID},
    {"Cần vận chuyển", ORDER_PAID},
    {"Chờ vận chuyển", ORDER_PAID},
    {"Chờ gửi hàng", ORDER_PAID},
    {"Chờ lấy hàng", ORDER_PAID},
    {"Đã gửi", ORDER_SHIPPED},
    {"Đã vận chuyển", ORDER_SHIPPED},
    {"Đang vận chuyển", ORDER_SHIPPED},
    {"Đang giao", ORDER_SHIPPED},
    {"Đã giao", ORDER_DELIVERED},
    {"Đã giao hàng", ORDER_DELIVERED},
    {"Hoàn tất", ORDER_COMPLETED},
    {"Đã hoàn tất", ORDER_COMPLETED},
    {"Đã hoàn thành", ORDER_COMPLETED},
    {"Đã hủy", ORDER_CANCELLED},
    {"Đã huỷ", ORDER_CANCELLED},

    {"ยังไม่ชำระเงิน", ORDER_UNPAID},
    {"รอชำระเงิน", ORDER_UNPAID},
    {"ระงับ", ORDER_ON_HOLD},
    {"ที่ต้องจัดส่ง", ORDER_PAID},
    {"รอจัดส่ง", ORDER_PAID},
    {"รอการจัดส่ง", ORDER_PAID},
    {"รอเข้ารับ", ORDER_PAID},
    {"จัดส่งแล้ว", ORDER_SHIPPED},
    {"กำลังจัดส่ง", ORDER_SHIPPED},
    {"อยู่ระหว่างขนส่ง", ORDER_SHIPPED},
    {"ส่งถึงแล้ว", ORDER_DELIVERED},
    {"จัดส่งสำเร็จ", ORDER_DELIVERED},
    {"เสร็จสมบูรณ์", ORDER_COMPLETED},
    {"สำเร็จ", ORDER_COMPLETED},
    {"ยกเลิกแล้ว", ORDER_CANCELLED},
    {"ยกเลิก", ORDER_CANCELLED},
};

bool tiktok_status(struct text word, enum order_status *ret_status)
{
    for (size_t i = 0; i < sizeof status_words / sizeof *status_words; i++)
        if (text_is(word, status_words[i].word)) {
            *ret_status = status_words[i].status;
            return true;
        }
    return false;
}

static bool is_one_of(struct text word, const char *const *words)
{
    while (*words && !text_is(word, *words))
        words++;
    return *words != NULL;
}

struct text tiktok_initiator(struct text word)
{
    static const char *const buyers[] = {"User", "Buyer", "Customer", "Pembeli", "Người mua", "ผู้ซื้อ", NULL};
    static const char *const sellers[] = {"Seller", "Penjual", "Người bán", "ผู้ขาย", NULL};
    static const char *const platforms[] = {"System", "Platform", "TikTok Shop", "Sistem", "Hệ thống", "ระบบ", NULL};
    if (is_one_of(word, buyers))
        return text_of("BUYER");
    if (is_one_of(word, sellers))
        return text_of("SELLER");
    return is_one_of(word, platforms) ? text_of("PLATFORM") : (struct text){NULL, 0};
}

bool tiktok_is_cash_on_delivery(struct text payment_method)
{
    static const char *const words[] = {"Cash on delivery",
                                        "Cash on Delivery (COD)",
                                        "COD",
                                        "Bayar di tempat",
                                        "Bayar di tempat (COD)",
                                        "Thanh toán khi nhận hàng",
                                        "Thanh toán khi giao hàng",
                                        "Thanh toán khi nhận hàng (COD)",
                                        "เก็บเงินปลายทาง",
                                        "ชำระเงินปลายทาง",
                                        NULL};
    return is_one_of(payment_method, words);
}

bool tiktok_is_sample(struct text type)
{
    static const char *const words[] = {"Sample",   "Free sample",  "Sample order", "Sampel",     "Sampel gratis",
                                        "Hàng mẫu", "Đơn hàng mẫu", "ตัวอย่าง",       "สินค้าตัวอย่าง", NULL};
    return is_one_of(type, words);
}

bool tiktok_is_replacement(struct text type)
{
    static const char *const words[] = {"Replacement", "Replacement order", "Penggantian", "Pesanan pengganti",
                                        "Thay thế",    "Đơn hàng thay thế", "คำสั่งซื้อทดแทน", NULL};
    return is_one_of(type, words);
}

bool tiktok_is_yes(struct text word)
{
    static const char *const words[] = {"Yes", "True", "1", "Y", "Ya", "Có", "ใช่", NULL};
    return is_one_of(word, words);
}
