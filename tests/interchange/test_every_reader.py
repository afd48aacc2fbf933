"""Whatever a file holds, a reader answers with rows and problems, or refuses in a sentence; it never breaks."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.interchange.canvas import read_gradebook
from grading.interchange.grades import read_grades
from grading.interchange.gradescope_scores import read_scores
from grading.interchange.problems import Unreadable
from grading.interchange.rosters import read_roster

HEADINGS = {
    read_gradebook: "Student,ID,SIS User ID,SIS Login ID,Section,HW (1)",
    read_scores: "SID,Email,HW,HW - Max Points,HW - Submission Time,HW - Lateness (H:M:S)",
    read_roster: "email,first_name,last_name,role,status,time_factor,team:a,id:b",
    read_grades: "email,student_id,assessment,points,comment",
}
ODD = (
    "    Points Possible", "(read only)", "EX", "1,5", '"', "9" * 40, "0001-01-01 00:00:00 +2359", "99:59:59",
)  # fmt: skip
cells = st.text(max_size=10) | st.sampled_from(ODD)


@pytest.mark.parametrize("read", HEADINGS, ids=lambda read: read.__name__)
@given(st.data())
def test_no_cells_break_a_reader(read: Callable, data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.lists(cells, max_size=8), max_size=5))
    end, mark = data.draw(st.sampled_from(["\n", "\r\n", "\r"])), data.draw(st.sampled_from([",", ";", "\t"]))
    text = end.join([HEADINGS[read].replace(",", mark), *(mark.join(row) for row in rows)])

    try:
        found = read(text.encode(data.draw(st.sampled_from(["utf-8", "utf-16"]))))
    except Unreadable as refused:
        assert refused.sentence.endswith(".")
    else:
        assert all(problem.sentence.endswith(".") and problem.line > 0 for problem in found.problems)


@pytest.mark.parametrize("read", HEADINGS, ids=lambda read: read.__name__)
@given(st.binary(max_size=60))
def test_no_bytes_break_a_reader(read: Callable, data: bytes) -> None:
    try:
        read(data)
    except Unreadable as refused:
        assert refused.sentence.endswith(".")
