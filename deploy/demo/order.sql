-- The order that the demo explains: refunded, brought by a creator, settled, its goods with known costs; of several lines, some of them kept.
WITH candidate AS (
    SELECT o.shop_key, o.order_id, o.day, count(*) AS lines, sum(f.quantity) AS units
    FROM warehouse.fact_orders o JOIN warehouse.fact_sales f USING (order_key)
    WHERE o.booked AND o.affiliate_creator IS NOT NULL
          AND EXISTS (SELECT FROM warehouse.fact_settlements z
                      WHERE z.shop_key = o.shop_key AND z.order_id = o.order_id AND 'refund' = ANY (string_to_array(z.classes, ',')))
    GROUP BY o.shop_key, o.order_id, o.day HAVING count(f.cost_minor) = count(*) AND sum(f.affiliate_commission_minor) > 0)
SELECT s.shop_id, c.order_id
FROM candidate c JOIN warehouse.dim_shop s USING (shop_key)
JOIN LATERAL (SELECT sum(r.quantity) AS units FROM warehouse.fact_refund_lines r WHERE r.shop_key = c.shop_key AND r.order_id = c.order_id AND r.booked) AS r ON r.units > 0
ORDER BY c.lines > 1 DESC, r.units < c.units DESC, c.day, s.shop_id, c.order_id LIMIT 1;
