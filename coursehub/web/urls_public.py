"""Addresses of pages: public."""

from django.urls import URLPattern, path

from coursehub.web.views import grading_scheme, public

urlpatterns: list[URLPattern] = [
    path("programme/", public.programme, name="programme"),
    path("courses/<slug:offering>/", public.course, name="course"),
    path("courses/<slug:offering>/pages/<slug:page>/", public.course_page, name="course_page"),
    path("courses/<slug:offering>/schedule/", public.schedule, name="schedule"),
    path("courses/<slug:offering>/modules/", public.modules, name="modules"),
    path("courses/<slug:offering>/modules/<slug:module>/", public.module, name="module"),
    path("courses/<slug:offering>/assessments/", public.assessments_list, name="assessments_list"),
    path("courses/<slug:offering>/grading/", grading_scheme.scheme_history, name="scheme_history"),
    path("courses/<slug:offering>/staff/", public.staff_page, name="staff_page"),
    path("courses/<slug:offering>/policies/", public.policies, name="policies"),
    path("courses/<slug:offering>/announcements/", public.announcements, name="announcements"),
    path("courses/<slug:offering>/changes/", public.changes, name="changes"),
    path("courses/<slug:offering>/previous/", public.previous, name="previous"),
]
