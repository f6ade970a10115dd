-- One line every few seconds while the demo is live.
SELECT to_char(now(), 'HH24:MI:SS') || '  ' || (SELECT count(*) FROM warehouse.fact_orders) || ' orders, '
       || (SELECT count(*) FROM warehouse.fact_orders WHERE created_at > now() - interval '1 minute') || ' of the last minute; '
       || (SELECT count(*) FROM warehouse.fact_anomaly) || ' anomalies; visible behind the clock by '
       || coalesce((SELECT round(extract(epoch FROM now() - max(occurred_at)), 1)::text || ' s' FROM warehouse.fact_orders
                    WHERE occurred_at <= now()), '-');
