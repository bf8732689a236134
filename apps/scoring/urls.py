"""Addresses of scoring."""

from django.urls import path

from apps.scoring import views

app_name = "scoring"

urlpatterns = [
    path("attempts/<uuid:uuid>/late/", views.accept_late, name="accept-late"),
    path("bank/items/<slug:code>/key/", views.correct, name="correct"),
    path("forms/<slug:code>/judging/", views.judge, name="judge"),
    path("forms/<slug:code>/judging/cut/", views.set_cut, name="set-cut"),
]
