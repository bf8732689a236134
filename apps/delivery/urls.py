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
    path("live/", views.sittings, name="sittings"),
    path("live/<uuid:uuid>/", views.live, name="live"),
    path("live/attempts/<uuid:uuid>/", views.steer, name="steer"),
]
