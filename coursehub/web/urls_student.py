"""Addresses of pages: the grades of one student."""

from django.urls import URLPattern, path

from coursehub.web.views import my_grades

_GRADES = "courses/<slug:offering>/grades/"

urlpatterns: list[URLPattern] = [
    path(_GRADES, my_grades.my_grades, name="my_grades"),
    path(f"{_GRADES}my-grades.<slug:kind>", my_grades.my_grades_file, name="my_grades_file"),
    path("courses/<slug:offering>/gradebook/people/<int:pk>/", my_grades.student_grades, name="student_grades"),
]
