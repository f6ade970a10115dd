"""A real shop's year, to the tenth of a penny."""
import gzip

MONTHS = {"2010-12": 748957020, "2011-01": 560000260, "2011-02": 498062650, "2011-03": 683267080, "2011-04": 493207121,
          "2011-05": 723333510, "2011-06": 691123120, "2011-07": 681300111, "2011-08": 682680510, "2011-09": 1019687622,
          "2011-10": 1070704670, "2011-11": 1461756250, "2011-12": 433668010}


def test_the_uci_year_lands_to_the_tenth_of_a_penny_and_twice_is_once(case, uci_file, tmp_path):
    case.run("import", "uci-online-retail", uci_file)
    case.run("run", "--until-end")
    assert case.sql("SELECT sum(gross_minor)::bigint, sum(orders)::bigint, sum(units)::bigint FROM warehouse.agg_daily_sales") == [
        (9747747934, 25900, 5176450)]
    months = dict(case.sql("SELECT to_char(day, 'YYYY-MM'), sum(gross_minor)::bigint FROM warehouse.agg_daily_sales GROUP BY 1"))
    assert months == MONTHS
    assert case.value("SELECT count(*) FROM warehouse.fact_sales") == 541909
    assert case.value("SELECT count(*) FROM tillstream.quarantine") == 0
    case.run("verify")

    before = case.facts()
    half = tmp_path / "half.csv.gz"
    with gzip.open(uci_file, "rt", newline="") as source, gzip.open(half, "wt", newline="") as target:
        for number, line in enumerate(source):
            # Whole invoices only: the cut is where one ends.
            if number > 270000 and line.split(",", 1)[0] != invoice:
                break
            invoice = line.split(",", 1)[0]
            target.write(line)
    case.run("import", "uci-online-retail", half)
    case.run("import", "uci-online-retail", uci_file)
    case.run("run", "--until-end")
    case.rewind()
    case.run("run", "--until-end")
    assert case.facts() == before
    case.run("verify")
