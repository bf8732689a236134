"""All addresses."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from apps.analytics.views import home
from apps.core.views import healthz
from apps.delivery.views import readyz

urlpatterns = [
    path("", home, name="home"),
    path("", include("apps.delivery.urls")),
    path("", include("apps.scoring.urls")),
    path("", include("apps.analytics.urls")),
    path("", include("apps.practice.urls")),
    path("bank/", include("apps.bank.urls")),
    path("api/", include("apps.api.urls")),
    path("accounts/", include("allauth.urls")),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
]

if settings.DEBUG:
    urlpatterns.append(path("admin/", admin.site.urls))
