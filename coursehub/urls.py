"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from coursehub.api.health import healthz

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("api/", include("coursehub.api.urls")),
    path("internal/", include("coursehub.api.internal_urls")),
    path("", include("coursehub.web.urls")),
]
