"""Addresses of analytics."""

from django.urls import path

from apps.analytics import views

app_name = "analytics"

urlpatterns = [
    path("attempts/<uuid:uuid>/report/", views.report, name="report"),
    path("attempts/<uuid:uuid>/weak-areas/", views.weak_areas, name="weak-areas"),
    path("forms/", views.form_list, name="form-list"),
    path("forms/<slug:code>/cut/", views.cut, name="cut"),
    path("health/", views.health, name="health"),
    path("health/attempts/<uuid:uuid>/retry/", views.retry, name="retry"),
    path("metrics", views.metrics, name="metrics"),
    path("cohorts/", views.cohort_list, name="cohort-list"),
    path("cohorts/<slug:code>/", views.cohort, name="cohort"),
]
