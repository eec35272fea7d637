"""The chart: valid, small, the same each time, and without a label on top of another."""

from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.report import chart, compose
from stanch.report.labels import Label, place
from tests.unit.report.recorded import Recorder, alert, at, opened
from tests.unit.report.scenes import SCENES, cured, second_try

SVG = "{http://www.w3.org/2000/svg}"
MARKS = st.lists(
    st.tuples(st.text("abc 0:Z", min_size=1, max_size=30), st.floats(62, 750)), max_size=9
)


def drawn(record: Recorder) -> str:
    document = compose(record.incident, record.events, record.evidence)
    return chart(document, record.events)


@given(marks=MARKS)
def test_no_label_covers_another_and_no_line_runs_through_a_label(
    marks: list[tuple[str, float]],
) -> None:
    labels = place(marks)
    assert sorted((one.text, one.x) for one in labels) == sorted(marks)
    for one, other in combinations(labels, 2):
        apart = one.right <= other.left or other.right <= one.left
        assert apart or one.lane != other.lane
        assert not _crosses(one, other)
        assert not _crosses(other, one)


def _crosses(line: Label, label: Label) -> bool:
    return line.lane > label.lane and label.left < line.x < label.right


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_it_is_well_formed_small_and_the_same_each_time(scene: str) -> None:
    first, second = drawn(SCENES[scene]()), drawn(SCENES[scene]())
    assert first == second
    assert 1500 < len(first) < 8192
    root = ET.fromstring(first)  # noqa: S314 - our own output
    assert root.get("role") == "img"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert "Error ratio of checkout" in (title.text or "")
    assert "Times are UTC" in (desc.text or "")


def test_every_mark_of_the_response_has_its_label() -> None:
    root = ET.fromstring(drawn(second_try()))  # noqa: S314 - our own output
    texts = [one.text for one in root.iter(f"{SVG}text")]
    for wanted in (
        "onset 14:00:00Z",
        "alert 14:01:38Z",
        "P-1 started (did not hold) 14:02:31Z",
        "P-2 started 14:05:41Z",
        "recovery 14:06:30Z",
    ):
        assert wanted in texts


def test_the_line_goes_through_the_measured_peak() -> None:
    root = ET.fromstring(drawn(cured()))  # noqa: S314 - our own output
    [line] = root.iter(f"{SVG}polyline")
    [box] = (one for one in root.iter(f"{SVG}rect") if one.get("class") == "z")
    heights = [float(point.split(",")[1]) for point in (line.get("points") or "").split()]
    top, height = float(box.get("y") or 0), float(box.get("height") or 0)
    # The scale ends at 40 %, the series peaks at 38.4 %.
    assert min(heights) == pytest.approx(top + height * (1 - 0.384 / 0.4), abs=0.1)


def test_hours_of_quiet_do_not_squeeze_the_story() -> None:
    record = cured()
    quiet = [[at(second).timestamp(), 0.001] for second in range(-7200, -300, 60)]
    data = {"onset": None, "series": quiet, "peak": 0.001}
    record.tell(390, "impact.measured", data)
    root = ET.fromstring(drawn(record))  # noqa: S314 - our own output
    [box] = (one for one in root.iter(f"{SVG}rect") if one.get("class") == "z")
    assert float(box.get("width") or 0) > 250


def test_a_long_series_is_thinned_without_losing_its_peak() -> None:
    record = opened("checkout fails", alert("ShopErrorRatioHigh", 60, service="checkout"), 61)
    series = [[at(second).timestamp(), 0.001] for second in range(-20000, 0)]
    series[7777][1] = 0.9
    data = {"onset": at(-12223).isoformat(), "peak": 0.9, "ratio_now": 0.001, "series": series}
    record.tell(70, "impact.measured", data)
    svg = drawn(record)
    assert len(svg) < 8192
    [line] = ET.fromstring(svg).iter(f"{SVG}polyline")  # noqa: S314 - our own output
    heights = [float(point.split(",")[1]) for point in (line.get("points") or "").split()]
    assert max(heights) - min(heights) == pytest.approx(220 * 0.899, abs=1)


def test_without_a_series_there_is_no_chart() -> None:
    record = opened("checkout fails", alert("ShopErrorRatioHigh", 60, service="checkout"), 61)
    assert drawn(record) == ""


def test_names_from_an_alert_cannot_become_markup() -> None:
    hostile = alert("Bad", 98, service='<script>x</script>"&')
    record = opened("checkout fails", hostile, 99)
    record.incident = record.incident.model_copy(update={"params": {}})
    points = [[at(s).timestamp(), 0.1] for s in range(0, 90, 15)]
    record.tell(100, "impact.measured", {"onset": None, "peak": 0.1, "series": points})
    svg = drawn(record)
    assert "<script" not in svg
    assert ET.fromstring(svg).tag == f"{SVG}svg"  # noqa: S314 - our own output
