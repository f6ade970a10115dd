-- What the fee rules need to be run again on a stored order: `explain` computes every figure anew from these rows.

ALTER TABLE warehouse.fact_sales
    ADD COLUMN tax_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN gift boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN warehouse.fact_sales.tax_minor IS 'of the whole line, as the platform states it; never part of sales, part of the base of some fees. 0 in rows that were written before it was kept';
COMMENT ON COLUMN warehouse.fact_sales.gift IS 'the line was given away, as the platform states it';
