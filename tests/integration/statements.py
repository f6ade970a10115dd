"""Orders and lines of payout statements, as events built by hand."""
from avro import encode

DAY_US = 86_400_000_000
START_US = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z


def order(shop, order_id, lines, revision=START_US, status="COMPLETED", currency="USD", scale=2, **fields):
    """lines: (sku, unit_list, seller_discount, platform_discount) each."""
    return {"event_id": f"{shop}-{order_id}-{revision}", "shop_id": shop, "order_id": order_id, "revision": revision, "status": status,
            "platform": "tiktok_shop", "market": "US", "currency": currency, "amount_scale": scale, "created_at": START_US,
            "occurred_at": revision, "payment_platform_discount": 0, "buyer_fees": 0, "tax": 0, "customer_total": 0,
            "shipping": {"list": 0, "seller_discount": 0, "platform_discount": 0, "paid": 0},
            "lines": [{"line_id": str(n), "platform_sku": sku, "quantity": 1, "unit_list": unit, "seller_discount": seller,
                       "platform_discount": platform, "tax": 0} for n, (sku, unit, seller, platform) in enumerate(lines, 1)],
            **fields}


def line(shop, transaction_id, amounts, statement="st-1", native_type="Order", currency="USD", scale=2, settled_at=START_US + 20 * DAY_US,
         status="PAID", **fields):
    """amounts: field -> signed minor units."""
    return {"event_id": f"{shop}-{transaction_id}-{fields.get('sku', '')}", "shop_id": shop, "statement_id": statement,
            "transaction_id": transaction_id, "native_type": native_type, "settled_at": settled_at, "currency": currency,
            "amount_scale": scale, "status": status, "amounts": [{"field": f, "amount": a} for f, a in amounts.items()], **fields}


def send(case, topic, events):
    case.produce(topic, [(event["shop_id"], encode(topic, event), None) for event in events])
