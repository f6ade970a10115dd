/*
 * A fee pack: a YAML file of dated rules for one market, as a schedule of the core. Its form:
 *
 *   name: tiktok-xx                    market: XX, or a list        timezone: where the days of from and to begin
 *   currency: USD, amount_scale: 2     both or none; amounts of rules need them
 *   flags: {mall: "what it means"}     what a shop's configuration may say of the shop; rules ask for them
 *   rules:                             in the order they are charged
 *   - name: referral                   rules of one name follow each other in time, or exclude each other by when
 *     class: platform                  platform, payment, affiliate, other
 *     base: list - seller_discount     components of core/fees.h, and fee:NAME for the fee of rules above
 *     rate_ppm: 60000                  or rate_of: affiliate; both may be left out where there is a fixed part
 *     tier: {above: 10000, rate_ppm: 30000}
 *     fixed: 0.30, cap: 5, level: order     level is needed with either: order, line, item (per unit), sku
 *     clock: created                   created, delivered, settled: whose instant lies in from..to
 *     from: 2024-04-01, to: "2025-01-01 06:30"    half-open; rules of a name leave no gap but one marked gap: intended
 *     when: {market: [US], category: [Toys], reached: delivered, affiliate: true, shop_ads: false, flag: mall, flag_not: [x],
 *            shop_age_from_days: 60, shop_age_below_days: 90}    all must hold; market_not and category_not: all but these
 *     refund: kept                     kept (if nothing is said), returned, pro_rata, with_base, or a map:
 *     refund: {policy: returned_less_admin, partial: kept, fixed: kept_on_partial, reversed_before: shipping,
 *              admin: [{rate_ppm: 200000, cap: 5, level: sku, free: buyer_cancels_before_shipping, from: .., to: ..}]}
 *     source: "where the figure comes from"       note: "what else there is to know"
 */
#ifndef RULES_FEE_PACK_H
#define RULES_FEE_PACK_H

#include <stddef.h>

#include "common/problems.h"
#include "core/fees.h"

#define FEE_PACK_RULES_MAX 1000

struct fee_pack;

/* Reads a pack. NULL, with everything that is wrong with it in problems, unless all of it is right. */
struct fee_pack *fee_pack_load(const char *path, struct problems *problems);

/* The same for text in memory; path is what problems show. */
struct fee_pack *fee_pack_parse(const char *path, const char *text, size_t len, struct problems *problems);

void fee_pack_free(struct fee_pack *pack);

/* Borrowed from the pack. Its name is "<name of the pack>@<first 8 hex digits of the hash of the file's bytes>". */
const struct fee_schedule *fee_pack_schedule(const struct fee_pack *pack);

#endif
