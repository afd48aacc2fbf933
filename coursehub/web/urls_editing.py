"""Addresses of pages: editing."""

from django.urls import URLPattern, path

from coursehub.web.views import (
    editing,
    editing_clone,
    editing_deadlines,
    editing_entries,
    editing_grading,
    editing_schedule,
)

_EDIT = "courses/<slug:offering>/edit/"

urlpatterns: list[URLPattern] = [
    path(_EDIT, editing.edit_home, name="edit_home"),
    path(f"{_EDIT}publish/", editing.edit_publish, name="edit_publish"),
    path(f"{_EDIT}assumptions/", editing.edit_assumptions, name="edit_assumptions"),
    path(f"{_EDIT}changes/", editing.edit_changes, name="edit_changes"),
    path(f"{_EDIT}facts/", editing_entries.edit_offering, name="edit_offering"),
    path(f"{_EDIT}schedule/", editing_schedule.edit_schedule, name="edit_schedule"),
    path(f"{_EDIT}schedule/paste/", editing_schedule.edit_paste, name="edit_paste"),
    path(f"{_EDIT}structure/", editing_schedule.edit_structure, name="edit_structure"),
    path(f"{_EDIT}grading/", editing_grading.edit_grading, name="edit_grading"),
    path(f"{_EDIT}grading/late/", editing_grading.try_lateness, name="try_lateness"),
    path(f"{_EDIT}deadlines/", editing_deadlines.edit_deadlines, name="edit_deadlines"),
    path(f"{_EDIT}extensions/", editing_deadlines.edit_extension_rule, name="edit_extension_rule"),
    path(f"{_EDIT}clone/", editing_clone.clone_offering, name="clone"),
    path(f"{_EDIT}<slug:shelf>/", editing_entries.edit_shelf, name="edit_shelf"),
    path(f"{_EDIT}<slug:shelf>/add/", editing_entries.edit_entry_add, name="edit_entry_add"),
    path(f"{_EDIT}<slug:shelf>/<slug:key>/", editing_entries.edit_entry, name="edit_entry"),
]
