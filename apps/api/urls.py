"""Addresses of the API and its documentation."""

from csp.decorators import csp_update
from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from apps.api import views

app_name = "api"

# Swagger UI sets style attributes from its script; scripts stay as strict as everywhere.
swagger = csp_update({"style-src": ["'unsafe-inline'"]})(SpectacularSwaggerSplitView.as_view(url_name="api:schema"))

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("schema/swagger-ui/", swagger, name="swagger-ui"),
    path("status/", views.Status.as_view(), name="status"),
    path("v1/certifications/", views.CertificationList.as_view(), name="certification-list"),
    path("v1/forms/", views.FormList.as_view(), name="form-list"),
    path("v1/assignments/", views.AssignmentList.as_view(), name="assignment-list"),
    path("v1/attempts/", views.AttemptList.as_view(), name="attempt-list"),
    path("v1/attempts/<uuid:uuid>/", views.AttemptDetail.as_view(), name="attempt-detail"),
    path("v1/attempts/<uuid:uuid>/save/", views.AttemptSave.as_view(), name="attempt-save"),
    path("v1/attempts/<uuid:uuid>/submit/", views.AttemptSubmit.as_view(), name="attempt-submit"),
    path("v1/scores/", views.ScoreList.as_view(), name="score-list"),
    path("v1/attempts/<uuid:uuid>/score/", views.ScoreDetail.as_view(), name="score-detail"),
]
