"""Addresses of practice."""

from django.urls import path

from apps.practice import views

app_name = "practice"

urlpatterns = [
    path("practice/<slug:certification>/drill/", views.drill, name="drill"),
]
