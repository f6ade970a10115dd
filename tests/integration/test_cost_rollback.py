"""What a rolled back catalog would have said must not price anything."""
from statements import START_US
from test_costs import case, cost, costs, order, play  # noqa: F401 (case is a fixture)


def test_a_cost_that_the_database_refused_is_no_lines_cost(case):  # noqa: F811
    """The batch is priced by the new cost, then the restating of an older line is refused: so the cost goes, and all that was made of it."""
    play(case, order("old", [("a", 1)]))
    case.sql("ALTER TABLE warehouse.fact_sales ADD CONSTRAINT refuses CHECK (order_id <> 'old' OR cost_minor IS NULL)")
    play(case, order("new", [("a", 1)]), cost("a", 300))
    assert case.sql("SELECT topic LIKE '%%catalog', reason FROM tillstream.quarantine") == [(True, "database_refused")]
    assert case.value("SELECT count(*) FROM warehouse.unit_cost") == 0
    assert costs(case) == {"old/1": None, "new/1": None}
    play(case, order("later", [("a", 1)]))
    assert costs(case) == {"old/1": None, "new/1": None, "later/1": None}
    case.run("verify")
