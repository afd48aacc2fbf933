"""Addresses of pages: people, and files with people and grades."""

from django.urls import URLPattern, path

from coursehub.web.views import exports, imports, people

_PEOPLE = "courses/<slug:offering>/people/"
_BOOK = "courses/<slug:offering>/gradebook/"

urlpatterns: list[URLPattern] = [
    path(_PEOPLE, people.people, name="people"),
    path(f"{_PEOPLE}add/", people.add, name="people_add"),
    path(f"{_PEOPLE}invite/", people.invite_people, name="people_invite"),
    path(f"{_PEOPLE}export/roster.csv", exports.roster, name="roster_export"),
    path(f"{_PEOPLE}import/", imports.upload_roster, name="roster_import"),
    path(f"{_PEOPLE}import/<int:pk>/", imports.batch, name="roster_batch"),
    path(f"{_PEOPLE}<int:pk>/", people.person, name="person"),
    path(f"{_PEOPLE}<int:pk>/status/", people.status, name="person_status"),
    path(f"{_BOOK}import/", imports.upload_grades, name="grade_import"),
    path(f"{_BOOK}import/<int:pk>/", imports.batch, name="grade_batch"),
    path(f"{_BOOK}export/", exports.exports, name="exports"),
    path(f"{_BOOK}export/grades.csv", exports.grades, name="grades_export"),
    path(f"{_BOOK}export/explained.csv", exports.explained, name="explained_export"),
    path(f"{_BOOK}export/canvas.csv", exports.canvas, name="canvas_export"),
]
