"""Addresses of the bank."""

from django.urls import path

from apps.bank import views

app_name = "bank"

urlpatterns = [
    path("items/", views.item_list, name="item-list"),
    path("items/<slug:code>/", views.item_edit, name="item-edit"),
    path("problems/", views.problem_list, name="problem-list"),
    path("problems/<uuid:uuid>/reply/", views.problem_reply, name="problem-reply"),
    path("problems/<uuid:uuid>/seen/", views.problem_seen, name="problem-seen"),
    path("<slug:certification>/new/", views.item_new, name="item-new"),
    path("<slug:certification>/check/", views.item_check, name="item-check"),
]
