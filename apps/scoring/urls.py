"""Addresses of scoring."""

from django.urls import path

from apps.scoring import views

app_name = "scoring"

urlpatterns = [
    path("attempts/<uuid:uuid>/late/", views.accept_late, name="accept-late"),
]
