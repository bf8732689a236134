"""Addresses of analytics."""

from django.urls import path

from apps.analytics import views

app_name = "analytics"

urlpatterns = [
    path("attempts/<uuid:uuid>/report/", views.report, name="report"),
    path("attempts/<uuid:uuid>/items/", views.review, name="review"),
    path("attempts/<uuid:uuid>/items/<int:position>/problem/", views.problem, name="problem"),
    path("attempts/<uuid:uuid>/report.pdf", views.report_pdf, name="report-pdf"),
    path("attempts/<uuid:uuid>/weak-areas/", views.weak_areas, name="weak-areas"),
    path("forms/", views.form_list, name="form-list"),
    path("forms/<slug:code>/cut/", views.cut, name="cut"),
    path("health/", views.health, name="health"),
    path("health/attempts/<uuid:uuid>/retry/", views.retry, name="retry"),
    path("metrics", views.metrics, name="metrics"),
    path("outcomes/", views.outcomes_told, name="outcomes-told"),
    path("outcomes/<slug:certification>/", views.outcomes, name="outcomes"),
    path("outcomes/<slug:certification>/remove/", views.outcome_remove, name="outcome-remove"),
    path("cohorts/", views.cohort_list, name="cohort-list"),
    path("calibration/<slug:certification>/", views.predictions, name="predictions"),
    path("calibrations/", views.calibration_list, name="calibration-list"),
    path("calibrations/<slug:certification>/", views.calibration, name="calibration"),
    path("calibrations/<slug:certification>/run/", views.calibration_run, name="calibration-run"),
    path("cohorts/<slug:code>/", views.cohort, name="cohort"),
]
