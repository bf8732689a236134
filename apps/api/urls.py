"""Addresses of the API and its documentation."""

from csp.decorators import csp_update
from django.urls import path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from apps.api import views

app_name = "api"

# Swagger UI sets style attributes from its script; scripts stay as strict as everywhere.
_split = SpectacularSwaggerSplitView.as_view(url_name="api:schema")
# Its answer to OPTIONS has no template.
swagger = require_safe(csp_update({"style-src": ["'unsafe-inline'"]})(_split))

# What is said about people and their attempts is kept by no cache (S-04).
_private = cache_control(no_store=True, private=True)

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("schema/swagger-ui/", swagger, name="swagger-ui"),
    path("status/", _private(views.Status.as_view()), name="status"),
    path("v1/certifications/", _private(views.CertificationList.as_view()), name="certification-list"),
    path("v1/forms/", _private(views.FormList.as_view()), name="form-list"),
    path("v1/assignments/", _private(views.AssignmentList.as_view()), name="assignment-list"),
    path("v1/attempts/", _private(views.AttemptList.as_view()), name="attempt-list"),
    path("v1/attempts/<uuid:uuid>/", _private(views.AttemptDetail.as_view()), name="attempt-detail"),
    path("v1/attempts/<uuid:uuid>/save/", _private(views.AttemptSave.as_view()), name="attempt-save"),
    path("v1/attempts/<uuid:uuid>/submit/", _private(views.AttemptSubmit.as_view()), name="attempt-submit"),
    path("v1/attempts/<uuid:uuid>/items/", _private(views.AttemptReview.as_view()), name="attempt-review"),
    path("v1/scores/", _private(views.ScoreList.as_view()), name="score-list"),
    path("v1/attempts/<uuid:uuid>/score/", _private(views.ScoreDetail.as_view()), name="score-detail"),
    path("v1/attempts/<uuid:uuid>/report/", _private(views.ReportData.as_view()), name="report-data"),
]
