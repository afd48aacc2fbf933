"""Addresses of pages: the grade book of staff."""

from django.urls import URLPattern, path

from coursehub.web.views import gradebook, gradebook_items, gradebook_lists

_BOOK = "courses/<slug:offering>/gradebook/"
_ITEM = f"{_BOOK}items/<slug:assessment>/"
_STUDENT = f"{_BOOK}students/<int:student>/"

urlpatterns: list[URLPattern] = [
    path(_BOOK, gradebook.grade_book, name="gradebook"),
    path(f"{_BOOK}several/", gradebook.several, name="gradebook_bulk"),
    path(f"{_BOOK}at-risk/", gradebook_lists.at_risk_list, name="gradebook_at_risk"),
    path(f"{_BOOK}audit/", gradebook_lists.audit, name="gradebook_audit"),
    path(_STUDENT, gradebook_lists.student, name="gradebook_student"),
    path(f"{_STUDENT}<slug:assessment>/", gradebook.cell, name="gradebook_cell"),
    path(_ITEM, gradebook_items.item, name="gradebook_item"),
    path(f"{_ITEM}release/", gradebook_items.release, name="gradebook_release"),
    path(f"{_ITEM}curve/", gradebook_items.curve, name="gradebook_curve"),
]
