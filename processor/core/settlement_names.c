/*
 * Sources, as the first argument of every row tells:
 *   A  TikTok Shop finance API 202309, "Get Statement Transactions": partner.tiktokshop.com/docv2, finance
 *   B  the same API 202501 and 202507, per order and SKU: partner.tiktokshop.com/docv2/page/get-transactionsby-order-202501
 *   U  Seller Center export "Order details" of the United States and the United Kingdom, column heads of 2024 to 2026
 *   S  Seller Center income export of South East Asia, column heads of 2024 to 2026 ("Ajustment amount" is theirs)
 *   P  Shopify Payments balance transactions (type, amount, fee, net): shopify.dev/docs/api/admin-rest, payouts
 */
#include "core/settlement_names.h"

#include <string.h>

#define FIELD(source, id, class_id, node_id) {.name = #id, .class = SETTLED_##class_id, .node = NODE_##node_id}
#define FIELD_WITH(source, id, class_id, node_id, ...)                                                       \
    {.name = #id, .class = SETTLED_##class_id, .node = NODE_##node_id, __VA_ARGS__}
#define TYPE(source, id, type_id) {#id, SETTLED_TYPE_##type_id}
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* In the order of their names. */
static const struct settled_field fields[] = {
    FIELD(S, actual_return_shipping_fee, SHIPPING, SHIPPING),
    FIELD(A, actual_return_shipping_fee_amount, SHIPPING, SHIPPING),
    FIELD_WITH(S, actual_shipping_fee, SHIPPING, SHIPPING, .passes = true, .carrier = true),
    FIELD_WITH(AB, actual_shipping_fee_amount, SHIPPING, SHIPPING, .passes = true, .carrier = true),
    FIELD(U, adjustment_amount, ADJUSTMENT, TOTAL),
    FIELD_WITH(AB, affiliate_ads_commission_amount, AFFILIATE, FEES, .yields = SAYS_AFFILIATE_ADS),
    FIELD_WITH(US, affiliate_commission, AFFILIATE, FEES, .yields = SAYS_AFFILIATE),
    FIELD_WITH(AB, affiliate_commission_amount, AFFILIATE, FEES, .yields = SAYS_AFFILIATE),
    FIELD_WITH(B, affiliate_commission_amount_before_pit, AFFILIATE, FEES, .says = SAYS_AFFILIATE),
    FIELD_WITH(A, affiliate_commission_before_pit, AFFILIATE, FEES, .says = SAYS_AFFILIATE | SAYS_CREATOR_TAX),
    FIELD_WITH(S, affiliate_commission_before_pit_personal_income_tax, AFFILIATE, FEES, .says = SAYS_AFFILIATE),
    FIELD(BS, affiliate_commission_deposit, RESERVE, FEES),
    FIELD(S, affiliate_commission_refund, RESERVE, FEES),
    FIELD(B, affiliate_commission_release, RESERVE, FEES),
    FIELD(US, affiliate_partner_commission, AFFILIATE, FEES),
    FIELD(AB, affiliate_partner_commission_amount, AFFILIATE, FEES),
    FIELD(US, affiliate_partner_shop_ads_commission, AFFILIATE, FEES),
    FIELD_WITH(US, affiliate_shop_ads_commission, AFFILIATE, FEES, .yields = SAYS_AFFILIATE_ADS),
    FIELD_WITH(S, affiliate_shop_ads_commission_before_pit, AFFILIATE, FEES, .says = SAYS_AFFILIATE_ADS),
    FIELD(A, after_seller_discounts_subtotal_amount, MEMO, TOTAL),
    FIELD(S, ajustment_amount, ADJUSTMENT, TOTAL),
    FIELD(P, amount, GROSS, TOTAL),
    FIELD(B, anti_dumping_duty_amount, TAX, FEES),
    FIELD(S, article_22_income_tax_withheld, TAX, FEES),
    FIELD(S, bonus_cashback_service_fee, OTHER_FEE, FEES),
    FIELD(B, bonus_cashback_service_fee_amount, OTHER_FEE, FEES),
    FIELD(B, brand_amplification_program_commission, OTHER_FEE, FEES),
    FIELD(B, brand_amplification_program_fee_tax, TAX, FEES),
    FIELD(B, brand_campaign_fee, OTHER_FEE, FEES),
    FIELD(B, brand_campaign_fee_tax, TAX, FEES),
    FIELD(S, brand_crazy_deals_flash_sale_service_fee, OTHER_FEE, FEES),
    FIELD(S, brands_crazy_deals_flash_sale_service_fee, OTHER_FEE, FEES),
    FIELD(B, buyer_fault_return_shipping_fee, OTHER_FEE, FEES),
    FIELD(B, campaign_period_fee_cfp_amount, OTHER_FEE, FEES),
    FIELD(B, campaign_period_fee_cfp_tax_amount, TAX, FEES),
    FIELD(B, campaign_period_fee_sp_amount, OTHER_FEE, FEES),
    FIELD(B, campaign_period_fee_sp_tax_amount, TAX, FEES),
    FIELD(BS, campaign_resource_fee, OTHER_FEE, FEES),
    FIELD(U, campaign_service_fee, OTHER_FEE, FEES),
    FIELD(B, category_led_campaign_fee_amount, OTHER_FEE, FEES),
    FIELD(B, category_led_campaign_fee_tax_amount, TAX, FEES),
    FIELD(B, cedular_tax, TAX, FEES),
    FIELD(U, co_funded_promotion, OTHER_FEE, FEES),
    FIELD(U, co_funded_promotion_campaign_period_fee, OTHER_FEE, FEES),
    FIELD(U, co_funded_promotion_seller_funded, OTHER_FEE, FEES),
    FIELD(B, cod_service_fee_amount, GROSS, SALES),
    FIELD(B, cofunded_creator_bonus_amount, AFFILIATE, FEES),
    FIELD(B, cofunded_promotion_service_fee_amount, OTHER_FEE, FEES),
    FIELD(S, commerce_growth_fee, PLATFORM_FEE, FEES),
    FIELD(B, cps_shop_ads_commission_tax_amount, ADS, FEES),
    FIELD(B, credit_card_handling_fee_amount, PAYMENT_FEE, FEES),
    FIELD(S, credit_card_installment_interest_rate_cost, PAYMENT_FEE, FEES),
    FIELD(A, customer_order_refund_amount, MEMO, TOTAL),
    FIELD_WITH(U, customer_paid_shipping_fee, SHIPPING, SHIPPING, .passes = true),
    FIELD_WITH(AB, customer_paid_shipping_fee_amount, SHIPPING, SHIPPING, .passes = true),
    FIELD_WITH(U, customer_paid_shipping_fee_refund, SHIPPING, SHIPPING, .passes = true),
    FIELD_WITH(A, customer_paid_shipping_fee_refund_amount, SHIPPING, SHIPPING, .passes = true),
    FIELD(US, customer_payment, MEMO, TOTAL),
    FIELD(AB, customer_payment_amount, MEMO, TOTAL),
    FIELD(US, customer_refund, MEMO, TOTAL),
    FIELD(AB, customer_refund_amount, MEMO, TOTAL),
    FIELD_WITH(S, customer_shipping_fee, SHIPPING, SHIPPING, .passes = true),
    FIELD_WITH(A, customer_shipping_fee_amount, SHIPPING, SHIPPING, .passes = true),
    FIELD(U, customer_shipping_fee_offset, SHIPPING, SHIPPING),
    FIELD_WITH(A, customer_shipping_fee_offset_amount, SHIPPING, SHIPPING, .yields = SAYS_SHIPPING),
    FIELD(B, customer_shipping_fee_refund_amount, MEMO, TOTAL),
    FIELD(B, customs_clearance_amount, TAX, FEES),
    FIELD(B, customs_duty_amount, TAX, FEES),
    FIELD(S, dilayani_tokopedia_fee, OTHER_FEE, FEES),
    FIELD(S, dilayani_tokopedia_handling_fee, OTHER_FEE, FEES),
    FIELD(B, distant_item_fee_amount, GROSS, SALES),
    FIELD(S, distant_shipping_fee, SHIPPING, SHIPPING),
    FIELD(B, distant_shipping_fee_amount, SHIPPING, SHIPPING),
    FIELD(S, dt_handling_fee, OTHER_FEE, FEES),
    FIELD(B, dt_handling_fee_amount, OTHER_FEE, FEES),
    FIELD(S, dynamic_commission, PLATFORM_FEE, FEES),
    FIELD(B, dynamic_commission_amount, PLATFORM_FEE, FEES),
    FIELD(S, eams_program_service_fee, OTHER_FEE, FEES),
    FIELD(B, epr_pob_service_fee_amount, OTHER_FEE, FEES),
    FIELD(B, exchange_shipping_fee_amount, SHIPPING, SHIPPING),
    FIELD(S, exchange_shipping_fee_passed_on_to_the_customer, SHIPPING, SHIPPING),
    FIELD(U, external_affiliate_marketing_fee, AFFILIATE, FEES),
    FIELD(B, external_affiliate_marketing_fee_amount, AFFILIATE, FEES),
    FIELD(B, failed_delivery_shipping_fee, OTHER_FEE, FEES),
    FIELD(S, failed_delivery_subsidy, SHIPPING, SHIPPING),
    FIELD(B, failed_delivery_subsidy_amount, SHIPPING, SHIPPING),
    FIELD_WITH(A, fbm_shipping_cost_amount, SHIPPING, SHIPPING, .yields = SAYS_SHIPPING),
    FIELD(B, fbt_free_shipping_fee_amount, SHIPPING, SHIPPING),
    FIELD(U, fbt_fulfillment_fee, SHIPPING, SHIPPING),
    FIELD_WITH(A, fbt_fulfillment_fee_amount, SHIPPING, SHIPPING, .yields = SAYS_SHIPPING),
    FIELD(U, fbt_fulfillment_fee_reimbursement, SHIPPING, SHIPPING),
    FIELD(AB, fbt_fulfillment_fee_reimbursement_amount, SHIPPING, SHIPPING),
    FIELD(B, fbt_key_merchant_subsidy, SHIPPING, SHIPPING),
    FIELD(BU, fbt_overall_merchant_subsidy, SHIPPING, SHIPPING),
    FIELD_WITH(A, fbt_shipping_cost_amount, SHIPPING, SHIPPING, .yields = SAYS_SHIPPING),
    FIELD(U, fbt_shipping_fee, SHIPPING, SHIPPING),
    FIELD(P, fee, PAYMENT_FEE, TOTAL),
    FIELD(A, fee_amount, PARENT, FEES),
    FIELD(B, fee_and_tax_amount, PARENT, FEES),
    FIELD(B, fee_per_item_sold_amount, PLATFORM_FEE, FEES),
    FIELD(B, fee_tax_amount, PARENT, FEES),
    FIELD(U, fees, PARENT, FEES),
    FIELD(S, fix_infrastructure_fee, PLATFORM_FEE, FEES),
    FIELD(S, flash_sale_service_fee, OTHER_FEE, FEES),
    FIELD(B, flash_sales_service_fee_amount, OTHER_FEE, FEES),
    FIELD(S, flat_fee, PLATFORM_FEE, FEES),
    FIELD(B, free_return_subsidy_amount, SHIPPING, SHIPPING),
    FIELD(U, fulfilled_by_tiktok_shop_fbt_shipping_fee, SHIPPING, SHIPPING),
    FIELD(US, gmv_max_ad_fee, ADS, FEES),
    FIELD(B, gmv_max_ad_fee_amount, ADS, FEES),
    FIELD(S, gmv_max_coupon, OTHER_FEE, FEES),
    FIELD(B, gmv_max_coupon_fee, OTHER_FEE, FEES),
    FIELD(U, gross_sales, GROSS, SALES),
    FIELD(A, gross_sales_amount, GROSS, SALES),
    FIELD(U, gross_sales_refund, REFUND, SALES),
    FIELD(A, gross_sales_refund_amount, REFUND, SALES),
    FIELD(S, gst, TAX, FEES),
    FIELD(B, gst_amount, TAX, FEES),
    FIELD(B, import_vat_amount, TAX, FEES),
    FIELD(S, infrastructure_fee, PLATFORM_FEE, FEES),
    FIELD(BS, installation_service_fee, OTHER_FEE, FEES),
    FIELD(B, insurance_fee, OTHER_FEE, FEES),
    FIELD(B, international_leg_logistics_amount, SHIPPING, SHIPPING),
    FIELD(B, isr_amount, TAX, FEES),
    FIELD(A, isr_income_tax_amount, TAX, FEES),
    FIELD(B, iva_amount, TAX, FEES),
    FIELD(A, iva_vat_amount, TAX, FEES),
    FIELD(U, limited_time_sign_up_shipping_incentive, SHIPPING, SHIPPING),
    FIELD(B, live_specials_fee_amount, OTHER_FEE, FEES),
    FIELD(S, live_specials_service_fee, OTHER_FEE, FEES),
    FIELD(B, local_vat_amount, TAX, FEES),
    FIELD(BS, logistics_service_fee, SHIPPING, SHIPPING),
    FIELD(S, mall_service_fee, PLATFORM_FEE, FEES),
    FIELD(B, mall_service_fee_amount, PLATFORM_FEE, FEES),
    FIELD(P, net, TOTAL, TOTAL),
    FIELD(U, net_sales, PARENT, SALES),
    FIELD(A, net_sales_amount, PARENT, SALES),
    FIELD(S, order_processing_fee, PLATFORM_FEE, FEES),
    FIELD(S, paylater_program_fee, PAYMENT_FEE, FEES),
    FIELD(S, payment_fee, PAYMENT_FEE, FEES),
    FIELD_WITH(S, personal_income_tax_withheld_from_affiliate_commission, AFFILIATE, FEES, .yields = SAYS_AFFILIATE),
    FIELD_WITH(S, personal_income_tax_withheld_from_affiliate_shop_ads_commission, AFFILIATE, FEES, .yields = SAYS_AFFILIATE_ADS),
    FIELD_WITH(AB, pit_amount, TAX, FEES, .yields = SAYS_CREATOR_TAX),
    FIELD(S, pit_withheld_by_tiktok_shop, TAX, FEES),
    FIELD(US, platform_co_funded_voucher_discounts, MEMO, TOTAL),
    FIELD(U, platform_co_funded_voucher_discounts_refund, MEMO, TOTAL),
    FIELD(B, platform_cofunded_discount_amount, MEMO, TOTAL),
    FIELD(B, platform_cofunded_discount_refund_amount, MEMO, TOTAL),
    FIELD(AB, platform_commission_amount, PLATFORM_FEE, FEES),
    FIELD(S, platform_commission_fee, PLATFORM_FEE, FEES),
    FIELD(AB, platform_discount_amount, MEMO, TOTAL),
    FIELD(AB, platform_discount_refund_amount, MEMO, TOTAL),
    FIELD(US, platform_discounts, MEMO, TOTAL),
    FIELD(U, platform_discounts_refund, MEMO, TOTAL),
    FIELD(A, platform_refund_subsidy_amount, MEMO, TOTAL),
    FIELD(B, platform_semi_managed_commission_fee, PLATFORM_FEE, FEES),
    FIELD(B, platform_semi_managed_commission_fee_tax, TAX, FEES),
    FIELD_WITH(S, platform_shipping_fee_discount, SHIPPING, SHIPPING, .passes = true),
    FIELD_WITH(A, platform_shipping_fee_discount_amount, SHIPPING, SHIPPING, .passes = true, .yields = SAYS_SHIPPING),
    FIELD(S, platform_special_service_fee, OTHER_FEE, FEES),
    FIELD(B, platform_special_service_fee_amount, OTHER_FEE, FEES),
    FIELD(S, pre_order_service_fee, OTHER_FEE, FEES),
    FIELD(B, pre_order_service_fee_amount, OTHER_FEE, FEES),
    FIELD_WITH(A, promo_shipping_incentive_amount, SHIPPING, SHIPPING, .yields = SAYS_SHIPPING),
    FIELD(U, referral_fee, PLATFORM_FEE, FEES),
    FIELD(AB, referral_fee_amount, PLATFORM_FEE, FEES),
    FIELD(U, refund_administration_fee, REFUND_ADMIN_FEE, FEES),
    FIELD(AB, refund_administration_fee_amount, REFUND_ADMIN_FEE, FEES),
    FIELD(B, refund_cod_service_fee_amount, REFUND, SALES),
    FIELD_WITH(S, refund_customer_shipping_fee, SHIPPING, SHIPPING, .passes = true),
    FIELD(S, refund_of_platform_co_funded_voucher_discounts, MEMO, TOTAL),
    FIELD(S, refund_of_platform_discounts, MEMO, TOTAL),
    FIELD(S, refund_of_seller_co_funded_voucher_discount, MEMO, TOTAL),
    FIELD(S, refund_of_seller_discounts, REFUND, REFUNDED),
    FIELD_WITH(A, refund_shipping_cost_discount_amount, SHIPPING, SHIPPING, .yields = SAYS_SHIPPING),
    FIELD(S, refund_subtotal_after_seller_discounts, PARENT, REFUNDED),
    FIELD(B, refund_subtotal_before_discount_amount, REFUND, SALES),
    FIELD(S, refund_subtotal_before_seller_discounts, REFUND, REFUNDED),
    FIELD_WITH(S, refunded_customer_shipping_fee, SHIPPING, SHIPPING, .passes = true),
    FIELD(B, refunded_customer_shipping_fee_amount, MEMO, TOTAL),
    FIELD_WITH(S, refunded_shipping_cost_paid_by_the_customer, SHIPPING, SHIPPING, .passes = true),
    FIELD(B, replacement_shipping_fee_amount, SHIPPING, SHIPPING),
    FIELD(S, replacement_shipping_fee_passed_on_to_the_customer, SHIPPING, SHIPPING),
    FIELD(U, retail_delivery_fee, MEMO, TOTAL),
    FIELD(AB, retail_delivery_fee_amount, MEMO, TOTAL),
    FIELD(U, retail_delivery_fee_payment, MEMO, TOTAL),
    FIELD(AB, retail_delivery_fee_payment_amount, MEMO, TOTAL),
    FIELD(U, retail_delivery_fee_refund, MEMO, TOTAL),
    FIELD(AB, retail_delivery_fee_refund_amount, MEMO, TOTAL),
    FIELD(B, return_refund_subsidy_amount, MEMO, TOTAL),
    FIELD(S, return_shipping_costs_passed_on_to_the_customer, SHIPPING, SHIPPING),
    FIELD(U, return_shipping_fee, SHIPPING, SHIPPING),
    FIELD(AB, return_shipping_fee_amount, SHIPPING, SHIPPING),
    FIELD(B, return_shipping_fee_paid_buyer_amount, SHIPPING, SHIPPING),
    FIELD(B, return_shipping_label_fee_amount, SHIPPING, SHIPPING),
    FIELD_WITH(AB, revenue_amount, PARENT, SALES, .other = true),
    FIELD(S, sales_fee, PLATFORM_FEE, FEES),
    FIELD(U, sales_tax, MEMO, TOTAL),
    FIELD(AB, sales_tax_amount, MEMO, TOTAL),
    FIELD(U, sales_tax_payment, MEMO, TOTAL),
    FIELD(AB, sales_tax_payment_amount, MEMO, TOTAL),
    FIELD(B, sales_tax_referral_fee_amount, TAX, FEES),
    FIELD(U, sales_tax_refund, MEMO, TOTAL),
    FIELD(AB, sales_tax_refund_amount, MEMO, TOTAL),
    FIELD(US, seller_co_funded_voucher_discount, MEMO, TOTAL),
    FIELD(U, seller_co_funded_voucher_discount_refund, MEMO, TOTAL),
    FIELD(B, seller_cofunded_discount_amount, MEMO, TOTAL),
    FIELD(B, seller_cofunded_discount_refund_amount, MEMO, TOTAL),
    FIELD(U, seller_discount, SELLER_DISCOUNT, SALES),
    FIELD(AB, seller_discount_amount, SELLER_DISCOUNT, SALES),
    FIELD(U, seller_discount_refund, REFUND, SALES),
    FIELD(AB, seller_discount_refund_amount, REFUND, SALES),
    FIELD(S, seller_discounts, SELLER_DISCOUNT, SUBTOTAL),
    FIELD(B, seller_growth_fee_amount, PLATFORM_FEE, FEES),
    FIELD(B, seller_paylater_handling_fee_amount, PAYMENT_FEE, FEES),
    FIELD(B, seller_self_shipping_service_fee_amount, SHIPPING, SHIPPING),
    FIELD(S, seller_shipping_cost_discount, MEMO, TOTAL),
    FIELD_WITH(S, seller_shipping_fee, PARENT, SHIPPING, .other = true),
    FIELD(S, seller_shipping_fee_discount, MEMO, TOTAL),
    FIELD(B, seller_shipping_fee_discount_amount, MEMO, TOTAL),
    FIELD(AB, settlement_amount, TOTAL, TOTAL),
    FIELD(S, sfp_service_fee, OTHER_FEE, FEES),
    FIELD(B, sfp_service_fee_amount, OTHER_FEE, FEES),
    FIELD(S, sfr_reimbursement, SHIPPING, SHIPPING),
    FIELD(S, sfr_service_fee, OTHER_FEE, FEES),
    FIELD(U, shipping, PARENT, SHIPPING),
    FIELD(B, shipping_app_service_fee_amount, SHIPPING, SHIPPING),
    FIELD_WITH(S, shipping_cost, PARENT, SHIPPING, .other = true),
    FIELD(AB, shipping_cost_amount, PARENT, SHIPPING),
    FIELD_WITH(S, shipping_cost_borne_by_the_platform, SHIPPING, SHIPPING, .passes = true),
    FIELD_WITH(A, shipping_cost_discount_amount, SHIPPING, SHIPPING, .yields = SAYS_SHIPPING),
    FIELD_WITH(S, shipping_cost_paid_by_the_customer, SHIPPING, SHIPPING, .passes = true),
    FIELD(S, shipping_cost_subsidy, SHIPPING, SHIPPING),
    FIELD_WITH(S, shipping_costs_passed_on_to_the_logistics_provider, SHIPPING, SHIPPING, .passes = true, .carrier = true),
    FIELD_WITH(A, shipping_fee_amount, PARENT, SHIPPING, .other = true),
    FIELD_WITH(B, shipping_fee_discount_amount, SHIPPING, SHIPPING, .passes = true, .says = SAYS_SHIPPING),
    FIELD(B, shipping_fee_guarantee_reimbursement, SHIPPING, SHIPPING),
    FIELD(B, shipping_fee_guarantee_service_fee, OTHER_FEE, FEES),
    FIELD(US, shipping_fee_subsidy, SHIPPING, SHIPPING),
    FIELD_WITH(A, shipping_fee_subsidy_amount, SHIPPING, SHIPPING, .yields = SAYS_SHIPPING),
    FIELD(U, shipping_insurance_fee, SHIPPING, SHIPPING),
    FIELD(AB, shipping_insurance_fee_amount, SHIPPING, SHIPPING),
    FIELD(B, shipping_insurance_fee_tax_amount, TAX, FEES),
    FIELD(S, shipping_service_fee, OTHER_FEE, FEES),
    FIELD(S, shipping_subsidy, SHIPPING, SHIPPING),
    FIELD(AB, signature_confirmation_fee_amount, SHIPPING, SHIPPING),
    FIELD(U, signature_confirmation_service_fee, SHIPPING, SHIPPING),
    FIELD(U, smart_promotion_campaign_period_fee, OTHER_FEE, FEES),
    FIELD(U, smart_promotion_fee, OTHER_FEE, FEES),
    FIELD(B, smart_promotion_fee_amount, OTHER_FEE, FEES),
    FIELD(B, smart_promotion_fee_tax_amount, TAX, FEES),
    FIELD(S, sst, TAX, FEES),
    FIELD(B, sst_amount, TAX, FEES),
    FIELD(S, subtotal_after_seller_discounts, PARENT, SUBTOTAL),
    FIELD(B, subtotal_before_discount_amount, GROSS, SALES),
    FIELD(S, subtotal_before_discounts, GROSS, SUBTOTAL),
    FIELD(B, tap_shop_ads_commission, AFFILIATE, FEES),
    FIELD(S, tiktok_paylater_program_fee, PAYMENT_FEE, FEES),
    FIELD(S, tiktok_shop_commission_fee, PLATFORM_FEE, FEES),
    FIELD(U, tiktok_shop_shipping_fee, SHIPPING, SHIPPING),
    FIELD(U, tiktok_shop_shipping_incentive, SHIPPING, SHIPPING),
    FIELD(B, tiktok_shop_shipping_incentive_amount, SHIPPING, SHIPPING),
    FIELD(U, tiktok_shop_shipping_incentive_refund, SHIPPING, SHIPPING),
    FIELD(S, total_fees, PARENT, FEES),
    FIELD_WITH(S, total_revenue, PARENT, SALES, .other = true),
    FIELD(US, total_settlement_amount, TOTAL, TOTAL),
    FIELD(US, transaction_fee, PAYMENT_FEE, FEES),
    FIELD(AB, transaction_fee_amount, PAYMENT_FEE, FEES),
    FIELD(B, tsp_commission_amount, AFFILIATE, FEES),
    FIELD(B, vat_amount, TAX, FEES),
    FIELD(S, vat_withheld_by_tiktok_shop, TAX, FEES),
    FIELD(B, vn_fix_infrastructure_fee, PLATFORM_FEE, FEES),
    FIELD(S, voucher_xtra_service_fee, OTHER_FEE, FEES),
    FIELD(B, voucher_xtra_service_fee_amount, OTHER_FEE, FEES),
};

struct type_name {
    const char *name;
    enum settled_type type;
};

/* In the order of their names. */
static const struct type_name types[] = {
    TYPE(S, additional_campaign_package, SERVICE),
    TYPE(P, adjustment, ADJUSTMENT),
    TYPE(U, bill_payment, BALANCE),
    TYPE(U, bill_payment_negative_balance, BALANCE),
    TYPE(P, charge, ORDER),
    TYPE(A, charge_back, CHARGEBACK),
    TYPE(U, chargeback, CHARGEBACK),
    TYPE(B, cofunded_creator_rewards, ADJUSTMENT),
    TYPE(A, customer_service_compensation, ADJUSTMENT),
    TYPE(A, deductions_incurred_by_seller, VIOLATION),
    TYPE(P, dispute, CHARGEBACK),
    TYPE(A, fbt_warehouse_service_fee, SERVICE),
    TYPE(AB, gmv_payment_for_ads, ADS_PAYMENT),
    TYPE(US, gmv_payment_for_promote, ADS_PAYMENT),
    TYPE(US, gmv_payment_for_tiktok_ads, ADS_PAYMENT),
    TYPE(US, gmv_payment_for_tiktok_promote, ADS_PAYMENT),
    TYPE(US, logistics_reimbursement, REIMBURSEMENT),
    TYPE(U, net_earnings_balance, BALANCE),
    TYPE(U, net_earnings_deduction, BALANCE),
    TYPE(US, order, ORDER),
    TYPE(US, other_adjustment, ADJUSTMENT),
    TYPE(P, payout, BALANCE),
    TYPE(P, payout_cancellation, BALANCE),
    TYPE(P, payout_failure, BALANCE),
    TYPE(A, platform_commission_adjustment, ADJUSTMENT),
    TYPE(A, platform_commission_compensation, REIMBURSEMENT),
    TYPE(A, platform_compensation, REIMBURSEMENT),
    TYPE(A, platform_penalty, VIOLATION),
    TYPE(US, platform_reimbursement, REIMBURSEMENT),
    TYPE(A, promotion_adjustment, ADJUSTMENT),
    TYPE(AU, rebate, REBATE),
    TYPE(P, refund, REFUND),
    TYPE(BUP, reserve, RESERVE),
    TYPE(U, reserve_collected, RESERVE),
    TYPE(U, reserve_released, RESERVE),
    TYPE(A, sample_shipping_fee, SERVICE),
    TYPE(B, seller_mission_reward, REBATE),
    TYPE(A, shipping_fee_adjustment, ADJUSTMENT),
    TYPE(A, shipping_fee_compensation, REIMBURSEMENT),
    TYPE(A, shipping_fee_rebate, REBATE),
    TYPE(S, shipping_insurance_compensation, REIMBURSEMENT),
    TYPE(B, stamp_duty, TAX),
    TYPE(US, tiktok_shop_reimbursement, REIMBURSEMENT),
    TYPE(U, violation_fee, VIOLATION),
};

const char *settled_type_name(enum settled_type type)
{
    static const char *const names[] = {
#define SETTLED_TYPE_NAME(id, name) name,
        SETTLED_TYPES(SETTLED_TYPE_NAME)
#undef SETTLED_TYPE_NAME
    };
    return names[type];
}

const char *settled_class_name(enum settled_class class)
{
    static const char *const names[] = {
#define SETTLED_CLASS_NAME(id, name) name,
        SETTLED_CLASSES(SETTLED_CLASS_NAME)
#undef SETTLED_CLASS_NAME
    };
    return names[class];
}

static bool is_word(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80;
}

uint32_t settled_normalise(struct text text, char *ret_text)
{
    uint32_t len = 0;
    bool gap = false;
    for (uint32_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c >= 'A' && c <= 'Z')
            c = (unsigned char)(c + ('a' - 'A'));
        if (!is_word(c)) {
            gap = true;
            continue;
        }
        if (gap && len)
            ret_text[len++] = '_';
        gap = false;
        ret_text[len++] = (char)c;
    }
    if (!len)
        ret_text[len++] = '_';
    return len;
}

/* As strcmp of name and key. */
static int compare(struct text name, const char *key)
{
    size_t key_len = strlen(key);
    int order = memcmp(name.ptr, key, name.len < key_len ? name.len : key_len);
    return order ? order : (name.len > key_len) - (name.len < key_len);
}

const struct settled_field *settled_field_find(struct text name)
{
    size_t low = 0, high = COUNT(fields);
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = compare(name, fields[middle].name);
        if (order == 0)
            return &fields[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

enum settled_type settled_type_find(struct text name)
{
    for (size_t i = 0; i < COUNT(types); i++)
        if (compare(name, types[i].name) == 0)
            return types[i].type;
    return SETTLED_TYPE_UNKNOWN;
}

const struct settled_field *settled_fields(uint32_t *ret_count)
{
    *ret_count = COUNT(fields);
    return fields;
}
