"""Geometry of the charts."""

from apps.core.charts import histogram


def test_every_value_falls_into_one_bin_and_the_last_takes_the_end() -> None:
    values = [100, 149, 150, 749, 750, 999, 1000, 1000]
    chart = histogram(values, least=100, most=1000, step=50, mark=750)
    assert sum(bar.count for bar in chart.bars) == len(values) == chart.total
    counts = {bar.start: bar.count for bar in chart.bars if bar.count}
    assert counts == {100: 2, 150: 1, 700: 1, 750: 1, 950: 3}
    assert (chart.bars[-1].last, chart.most) == (1000, 1000)
    assert chart.mark_x == "72.22%"


def test_an_empty_histogram_has_flat_bars() -> None:
    chart = histogram([], least=0, most=10, step=5, mark=5)
    assert [bar.height for bar in chart.bars] == ["0.00%", "0.00%"]
