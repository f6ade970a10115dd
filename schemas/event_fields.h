/*
 * The fields of our schemas, in the order of schemas/avro, with what each of them becomes in an event and which values it
 * may have. Everything that reads or writes events by Avro is made from these tables; a test holds them against the .avsc.
 *
 * F(name, kind, presence, member): a field. R(name, record, presence, FIELDS): a nested record, whose own table is FIELDS.
 * A(name, record, items, count): an array of records, at most one in an event; its table is of members of the item's struct.
 * Presence: REQUIRED; NULLABLE is a union of null and the type on the wire, and null where the writer does not know the
 * field; DEFAULTED is false where the writer does not know it; REPEATED an array.
 */
#ifndef SCHEMAS_EVENT_FIELDS_H
#define SCHEMAS_EVENT_FIELDS_H

#include "schemas/event.h"

#define FIELD_TEXT_BYTES_MAX 4096
#define FIELD_TIME_US_MIN INT64_C(946684800000000)  /* 2000-01-01 */
#define FIELD_TIME_US_END INT64_C(4102444800000000) /* 2100-01-01 */
#define FIELD_DAY_MIN 10957
#define FIELD_DAY_END 47482
#define FIELD_RATE_PPM_MAX 1000000

/*
 * K(kind, C type, value that stands for null, Avro type, logical type). What a kind admits:
 * ID 1 to 200 bytes; TEXT up to 4096 bytes; CURRENCY three capitals; SCALE 0 to 9; TIME and DAY 2000 to 2100; HOUR 0 to 23;
 * RATE 0 to 1,000,000; LONG all but INT64_MIN, which is EVENT_ABSENT.
 */
#define FIELD_KINDS(K)                                                                                       \
    K(ID, struct text, ((struct text){0}), STRING, NULL)                                                     \
    K(TEXT, struct text, ((struct text){0}), STRING, NULL)                                                   \
    K(CURRENCY, struct text, ((struct text){0}), STRING, NULL)                                               \
    K(SCALE, int32_t, 0, INT, NULL)                                                                          \
    K(STATUS, enum order_status, ORDER_UNPAID, ENUM, NULL)                                                   \
    K(LONG, int64_t, EVENT_ABSENT, LONG, NULL)                                                               \
    K(TIME, int64_t, EVENT_ABSENT, LONG, "timestamp-micros")                                                 \
    K(RATE, int64_t, -1, INT, NULL)                                                                          \
    K(DAY, int32_t, 0, INT, "date")                                                                          \
    K(HOUR, int32_t, -1, INT, NULL)                                                                          \
    K(BOOL, bool, false, BOOLEAN, NULL)

#define ORDER_FIELDS(F, R, A)                                                                                \
    F(event_id, ID, REQUIRED, event_id)                                                                      \
    F(shop_id, ID, REQUIRED, shop_id)                                                                        \
    F(order_id, ID, REQUIRED, order.order_id)                                                                \
    F(revision, LONG, REQUIRED, revision)                                                                    \
    F(status, STATUS, REQUIRED, order.status)                                                                \
    F(platform, ID, REQUIRED, order.platform)                                                                \
    F(market, ID, REQUIRED, order.market)                                                                    \
    F(currency, CURRENCY, REQUIRED, currency)                                                                \
    F(amount_scale, SCALE, REQUIRED, amount_scale)                                                           \
    F(created_at, TIME, REQUIRED, order.created_at_us)                                                       \
    F(paid_at, TIME, NULLABLE, order.paid_at_us)                                                             \
    F(shipped_at, TIME, NULLABLE, order.shipped_at_us)                                                       \
    F(delivered_at, TIME, NULLABLE, order.delivered_at_us)                                                   \
    F(cancelled_at, TIME, NULLABLE, order.cancelled_at_us)                                                   \
    F(cancelled_by, TEXT, NULLABLE, order.cancelled_by)                                                      \
    F(occurred_at, TIME, REQUIRED, occurred_at_us)                                                           \
    F(buyer_key, ID, NULLABLE, order.buyer_key)                                                              \
    F(payment_method, TEXT, NULLABLE, order.payment_method)                                                  \
    F(channel, TEXT, NULLABLE, order.channel)                                                                \
    F(session_id, ID, NULLABLE, order.session_id)                                                            \
    F(linked_order_id, ID, NULLABLE, order.linked_order_id)                                                  \
    F(mirror, BOOL, DEFAULTED, order.mirror)                                                                 \
    F(sample, BOOL, DEFAULTED, order.sample)                                                                 \
    F(replacement, BOOL, DEFAULTED, order.replacement)                                                       \
    F(test, BOOL, DEFAULTED, order.test)                                                                     \
    F(cod, BOOL, DEFAULTED, order.cod)                                                                       \
    F(taxes_included, BOOL, DEFAULTED, order.taxes_included)                                                 \
    R(shipping, Shipping, REQUIRED, SHIPPING_FIELDS)                                                         \
    F(payment_platform_discount, LONG, REQUIRED, order.payment_platform_discount_minor)                      \
    F(buyer_fees, LONG, REQUIRED, order.buyer_fees_minor)                                                    \
    F(tax, LONG, REQUIRED, order.tax_minor)                                                                  \
    F(customer_total, LONG, REQUIRED, order.customer_total_minor)                                            \
    R(affiliate, Affiliate, NULLABLE, AFFILIATE_FIELDS)                                                      \
    R(presentment, Presentment, NULLABLE, PRESENTMENT_FIELDS)                                                \
    A(lines, OrderLine, order.lines, order.line_count)

#define SHIPPING_FIELDS(F)                                                                                   \
    F(list, LONG, REQUIRED, order.shipping_list_minor)                                                       \
    F(seller_discount, LONG, REQUIRED, order.shipping_seller_discount_minor)                                 \
    F(platform_discount, LONG, REQUIRED, order.shipping_platform_discount_minor)                             \
    F(paid, LONG, REQUIRED, order.shipping_paid_minor)

#define AFFILIATE_FIELDS(F)                                                                                  \
    F(creator, ID, REQUIRED, order.affiliate.creator)                                                        \
    F(content_type, TEXT, NULLABLE, order.affiliate.content_type)                                            \
    F(content_id, ID, NULLABLE, order.affiliate.content_id)                                                  \
    F(rate_ppm, RATE, REQUIRED, order.affiliate.rate_ppm)                                                    \
    F(shop_ads_rate_ppm, RATE, NULLABLE, order.affiliate.shop_ads_rate_ppm)                                  \
    F(actual_commission, LONG, NULLABLE, order.affiliate.actual_commission_minor)

#define PRESENTMENT_FIELDS(F)                                                                                \
    F(currency, CURRENCY, REQUIRED, order.presentment.currency)                                              \
    F(amount_scale, SCALE, REQUIRED, order.presentment.amount_scale)                                         \
    F(total, LONG, REQUIRED, order.presentment.total_minor)                                                  \
    F(rate_ppb, LONG, REQUIRED, order.presentment.rate_ppb)

/* Members of struct order_line. */
#define LINE_FIELDS(F)                                                                                       \
    F(line_id, ID, REQUIRED, line_id)                                                                        \
    F(platform_sku, ID, REQUIRED, platform_sku)                                                              \
    F(seller_sku, ID, NULLABLE, seller_sku)                                                                  \
    F(product_name, TEXT, NULLABLE, product_name)                                                            \
    F(category, TEXT, NULLABLE, category)                                                                    \
    F(quantity, LONG, REQUIRED, quantity)                                                                    \
    F(unit_list, LONG, REQUIRED, unit_list_minor)                                                            \
    F(seller_discount, LONG, REQUIRED, seller_discount_minor)                                                \
    F(platform_discount, LONG, REQUIRED, platform_discount_minor)                                            \
    F(tax, LONG, REQUIRED, tax_minor)                                                                        \
    F(gift, BOOL, DEFAULTED, gift)

#define AD_SPEND_FIELDS(F, R, A)                                                                             \
    F(event_id, ID, REQUIRED, event_id)                                                                      \
    F(shop_id, ID, REQUIRED, shop_id)                                                                        \
    F(platform, ID, REQUIRED, ad_spend.platform)                                                             \
    F(account_id, ID, REQUIRED, ad_spend.account_id)                                                         \
    F(campaign_id, ID, REQUIRED, ad_spend.campaign_id)                                                       \
    F(campaign_name, TEXT, NULLABLE, ad_spend.campaign_name)                                                 \
    F(day, DAY, REQUIRED, ad_spend.day)                                                                      \
    F(hour, HOUR, NULLABLE, ad_spend.hour)                                                                   \
    F(timezone, ID, REQUIRED, ad_spend.timezone)                                                             \
    F(revision, LONG, REQUIRED, revision)                                                                    \
    F(currency, CURRENCY, REQUIRED, currency)                                                                \
    F(amount_scale, SCALE, REQUIRED, amount_scale)                                                           \
    F(spend, LONG, REQUIRED, ad_spend.spend_minor)                                                           \
    F(impressions, LONG, NULLABLE, ad_spend.impressions)                                                     \
    F(clicks, LONG, NULLABLE, ad_spend.clicks)                                                               \
    F(reported_orders, LONG, NULLABLE, ad_spend.reported_orders)                                             \
    F(reported_revenue, LONG, NULLABLE, ad_spend.reported_revenue_minor)                                     \
    F(channel, TEXT, NULLABLE, ad_spend.channel)                                                             \
    F(occurred_at, TIME, REQUIRED, occurred_at_us)

#define REFUND_FIELDS(F, R, A)                                                                               \
    F(event_id, ID, REQUIRED, event_id)                                                                      \
    F(shop_id, ID, REQUIRED, shop_id)                                                                        \
    F(refund_id, ID, REQUIRED, refund.refund_id)                                                             \
    F(order_id, ID, REQUIRED, refund.order_id)                                                               \
    F(revision, LONG, REQUIRED, revision)                                                                    \
    F(occurred_at, TIME, REQUIRED, occurred_at_us)                                                           \
    F(currency, CURRENCY, REQUIRED, currency)                                                                \
    F(amount_scale, SCALE, REQUIRED, amount_scale)                                                           \
    F(initiator, TEXT, REQUIRED, refund.initiator)                                                           \
    F(reason, TEXT, NULLABLE, refund.reason)                                                                 \
    F(shipped_before, BOOL, DEFAULTED, refund.shipped_before)                                                \
    F(chargeback, BOOL, DEFAULTED, refund.chargeback)                                                        \
    F(voided, BOOL, DEFAULTED, refund.voided)                                                                \
    A(lines, RefundLine, refund.lines, refund.line_count)                                                    \
    F(shipping_refund, LONG, REQUIRED, refund.shipping_refund_minor)                                         \
    F(discrepancy, LONG, REQUIRED, refund.discrepancy_minor)                                                 \
    F(case_fee, LONG, NULLABLE, refund.case_fee_minor)                                                       \
    R(presentment, RefundPresentment, NULLABLE, REFUND_PRESENTMENT_FIELDS)

#define REFUND_PRESENTMENT_FIELDS(F)                                                                         \
    F(currency, CURRENCY, REQUIRED, refund.presentment.currency)                                             \
    F(amount_scale, SCALE, REQUIRED, refund.presentment.amount_scale)                                        \
    F(total, LONG, REQUIRED, refund.presentment.total_minor)                                                 \
    F(rate_ppb, LONG, REQUIRED, refund.presentment.rate_ppb)

#define REFUND_LINE_FIELDS(F)                                                                                \
    F(line_id, ID, REQUIRED, line_id)                                                                        \
    F(quantity, LONG, REQUIRED, quantity)                                                                    \
    F(amount, LONG, REQUIRED, amount_minor)                                                                  \
    F(tax, LONG, REQUIRED, tax_minor)                                                                        \
    F(restocked, BOOL, DEFAULTED, restocked)

#define SETTLEMENT_FIELDS(F, R, A)                                                                           \
    F(event_id, ID, REQUIRED, event_id)                                                                      \
    F(shop_id, ID, REQUIRED, shop_id)                                                                        \
    F(statement_id, ID, REQUIRED, settlement.statement_id)                                                   \
    F(payout_id, ID, NULLABLE, settlement.payout_id)                                                         \
    F(transaction_id, ID, REQUIRED, settlement.transaction_id)                                               \
    F(order_id, ID, NULLABLE, settlement.order_id)                                                           \
    F(sku, ID, NULLABLE, settlement.sku)                                                                     \
    F(native_type, ID, REQUIRED, settlement.native_type)                                                     \
    A(amounts, SettledAmount, settlement.amounts, settlement.amount_count)                                   \
    F(settled_at, TIME, REQUIRED, settlement.settled_at_us)                                                  \
    F(currency, CURRENCY, REQUIRED, currency)                                                                \
    F(amount_scale, SCALE, REQUIRED, amount_scale)                                                           \
    F(status, TEXT, REQUIRED, settlement.status)                                                             \
    F(revision, LONG, NULLABLE, revision)                                                                    \
    F(occurred_at, TIME, NULLABLE, occurred_at_us)

#define SETTLED_AMOUNT_FIELDS(F)                                                                             \
    F(field, ID, REQUIRED, field)                                                                            \
    F(amount, LONG, REQUIRED, amount_minor)

#define SKU_MAPPING_FIELDS(F, R, A)                                                                          \
    F(event_id, ID, REQUIRED, event_id)                                                                      \
    F(shop_id, ID, REQUIRED, shop_id)                                                                        \
    F(platform_sku, ID, REQUIRED, sku_mapping.platform_sku)                                                  \
    F(revision, LONG, REQUIRED, revision)                                                                    \
    F(valid_from, TIME, REQUIRED, sku_mapping.valid_from_us)                                                 \
    F(valid_to, TIME, NULLABLE, sku_mapping.valid_to_us)                                                     \
    A(components, SkuComponent, sku_mapping.components, sku_mapping.component_count)                         \
    F(occurred_at, TIME, REQUIRED, occurred_at_us)

#define SKU_COMPONENT_FIELDS(F)                                                                              \
    F(sku, ID, REQUIRED, sku)                                                                                \
    F(quantity, LONG, REQUIRED, quantity)

#define PRODUCT_FIELDS(F, R, A)                                                                              \
    F(event_id, ID, REQUIRED, event_id)                                                                      \
    F(shop_id, ID, REQUIRED, shop_id)                                                                        \
    F(sku, ID, REQUIRED, product.sku)                                                                        \
    F(revision, LONG, REQUIRED, revision)                                                                    \
    F(valid_from, TIME, REQUIRED, product.valid_from_us)                                                     \
    F(name, TEXT, NULLABLE, product.name)                                                                    \
    F(category, TEXT, NULLABLE, product.category)                                                            \
    F(brand, TEXT, NULLABLE, product.brand)                                                                  \
    F(occurred_at, TIME, REQUIRED, occurred_at_us)

#define UNIT_COST_FIELDS(F, R, A)                                                                            \
    F(event_id, ID, REQUIRED, event_id)                                                                      \
    F(shop_id, ID, REQUIRED, shop_id)                                                                        \
    F(sku, ID, REQUIRED, unit_cost.sku)                                                                      \
    F(revision, LONG, REQUIRED, revision)                                                                    \
    F(valid_from, TIME, REQUIRED, unit_cost.valid_from_us)                                                   \
    F(valid_to, TIME, NULLABLE, unit_cost.valid_to_us)                                                       \
    F(currency, CURRENCY, REQUIRED, currency)                                                                \
    F(amount_scale, SCALE, REQUIRED, amount_scale)                                                           \
    F(unit_cost, LONG, REQUIRED, unit_cost.cost_minor)                                                       \
    F(occurred_at, TIME, REQUIRED, occurred_at_us)

#define SHOP_FIELDS(F, R, A)                                                                                 \
    F(event_id, ID, REQUIRED, event_id)                                                                      \
    F(shop_id, ID, REQUIRED, shop_id)                                                                        \
    F(revision, LONG, REQUIRED, revision)                                                                    \
    F(valid_from, TIME, REQUIRED, shop.valid_from_us)                                                        \
    F(name, TEXT, NULLABLE, shop.name)                                                                       \
    F(platform, ID, NULLABLE, shop.platform)                                                                 \
    F(market, ID, NULLABLE, shop.market)                                                                     \
    F(timezone, ID, NULLABLE, shop.timezone)                                                                 \
    F(opened_at, TIME, NULLABLE, shop.opened_at_us)                                                          \
    F(occurred_at, TIME, REQUIRED, occurred_at_us)

/* In the order of enum order_status. */
#define ORDER_STATUS_SYMBOLS(S) S(UNPAID) S(PAID) S(SHIPPED) S(DELIVERED) S(COMPLETED) S(CANCELLED) S(ON_HOLD)

enum field_presence { FIELD_REQUIRED, FIELD_NULLABLE, FIELD_DEFAULTED, FIELD_REPEATED };

enum field_kind {
#define FIELD_KIND_ENUM(kind, c_type, absent, avro_type, logical) FIELD_##kind,
    FIELD_KINDS(FIELD_KIND_ENUM)
#undef FIELD_KIND_ENUM
        FIELD_KIND_COUNT
};

#endif
