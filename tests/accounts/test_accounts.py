"""Signing in, roles, and what the demo may do."""

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.test import Client, override_settings
from django.urls import reverse

from apps.accounts.checks import check_demo, check_demo_people
from apps.accounts.models import User
from apps.api.services import seed_people
from tests import world as worlds

pytestmark = pytest.mark.django_db


def test_sign_in_with_the_email_and_out_again(client: Client, student: User) -> None:
    page = client.get("/", follow=True)
    assert page.request["PATH_INFO"] == reverse("account_login")
    wrong = client.post(reverse("account_login"), {"login": student.email, "password": "not it at all"})
    assert "not correct" in wrong.text
    assert 'role="alert"' in wrong.text
    right = client.post(reverse("account_login"), {"login": student.email.upper(), "password": worlds.PASSWORD})
    assert right["Location"] == "/"
    assert client.get("/").status_code == 200
    client.post(reverse("account_logout"))
    assert client.get("/").status_code == 302


def test_sign_up_makes_a_student(client: Client) -> None:
    sent = {"email": "new@example.com", "password1": worlds.PASSWORD, "password2": worlds.PASSWORD}
    client.post(reverse("account_signup"), sent)
    user = User.objects.get(email="new@example.com")
    assert (user.role, user.is_staff, user.is_demo) == ("student", False, False)


def test_a_role_cannot_be_signed_up_for(client: Client) -> None:
    sent = {"email": "x@example.com", "password1": worlds.PASSWORD, "password2": worlds.PASSWORD, "role": "admin"}
    client.post(reverse("account_signup"), sent)
    assert User.objects.get(email="x@example.com").role == "student"


def test_addresses_are_one_person_whatever_their_case(student: User) -> None:
    with pytest.raises(ValidationError, match="email_any_case"):
        User.objects.create_user(student.email.upper(), worlds.PASSWORD)


def test_short_passwords_are_refused_in_words(client: Client) -> None:
    sent = {"email": "x@example.com", "password1": "short", "password2": "short"}
    assert "at least 12 characters" in client.post(reverse("account_signup"), sent).text
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_account_pages_wear_the_house_dress(client: Client, name: str) -> None:
    page = client.get(reverse(name)).text
    assert "site-header" in page
    assert "button--primary" in page
    assert "Menu:" not in page


@override_settings(DEMO=False)
def test_demo_people_are_refused_outside_the_demo() -> None:
    with pytest.raises(ImproperlyConfigured, match="DEMO=1"):
        seed_people()
    assert not User.objects.exists()


def test_demo_people_and_real_deployments_do_not_mix() -> None:
    with override_settings(DEMO=True, HTTPS=True):
        assert [error.id for error in check_demo()] == ["accounts.E001"]
    User.objects.create_user("demo@example.com", worlds.PASSWORD, is_demo=True)
    with override_settings(DEMO=False):
        assert [error.id for error in check_demo_people()] == ["accounts.E002"]
        User.objects.update(is_active=False)
        assert check_demo_people() == []
