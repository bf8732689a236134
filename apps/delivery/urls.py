"""Addresses of a sitting."""

from django.urls import path

from apps.delivery import views

app_name = "delivery"

urlpatterns = [
    path("mocks/<uuid:uuid>/", views.instructions, name="instructions"),
    path("mocks/<uuid:uuid>/start/", views.start, name="start"),
    path("attempts/<uuid:uuid>/", views.paper, name="paper"),
    path("attempts/<uuid:uuid>/review/", views.review, name="review"),
    path("attempts/<uuid:uuid>/submit/", views.submit, name="submit"),
    path("attempts/<uuid:uuid>/ticket/", views.renew_ticket, name="ticket"),
    path("attempts/<uuid:uuid>/pause/", views.pause, name="pause"),
    path("attempts/<uuid:uuid>/replay/", views.replay, name="replay"),
    path("save/", views.save, name="save"),
    path("clock/", views.clock, name="clock"),
    path("assignments/", views.assignments, name="assignments"),
    path("assignments/new/", views.assignment_new, name="assignment-new"),
    path("assignments/<uuid:uuid>/", views.assignment_edit, name="assignment-edit"),
    path("assignments/<uuid:uuid>/close/", views.assignment_close, name="assignment-close"),
    path("assignments/<uuid:uuid>/delete/", views.assignment_delete, name="assignment-delete"),
    path("accommodations/", views.accommodations, name="accommodations"),
    path("accommodations/<uuid:uuid>/", views.accommodation_edit, name="accommodation-edit"),
    path("accommodations/<uuid:uuid>/remove/", views.accommodation_remove, name="accommodation-remove"),
    path("live/<uuid:uuid>/", views.live, name="live"),
    path("live/attempts/<uuid:uuid>/", views.steer, name="steer"),
]
