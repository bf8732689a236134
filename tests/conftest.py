"""What all tests share."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.models import Role, User
from apps.delivery import queries, services
from tests import world as worlds


@pytest.fixture(autouse=True)
def _fresh_content() -> None:
    """Forget the frozen content of forms: each test's database has other forms under the same numbers."""
    queries.form_content.cache_clear()
    queries.form_shape.cache_clear()
    queries.clock_board.cache_clear()
    services.readiness.cache_clear()


@pytest.fixture
def world(db: None) -> worlds.World:
    """Return the small world."""
    return worlds.build()


@pytest.fixture
def student(db: None) -> User:
    """Return a student."""
    return worlds.person(Role.STUDENT, email="student@example.com")


@pytest.fixture
def instructor(db: None) -> User:
    """Return an instructor."""
    return worlds.person(Role.INSTRUCTOR, email="instructor@example.com")


@pytest.fixture
def admin(db: None) -> User:
    """Return an admin."""
    return worlds.person(Role.ADMIN, email="admin@example.com")


@pytest.fixture
def signed_in(client: Client) -> Callable[[User], Client]:
    """Return a function that signs a person in and gives the client back."""

    def sign_in(user: User) -> Client:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in
