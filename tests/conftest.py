"""What all tests share."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoDbBlocker

from apps.accounts.models import Role, User
from tests import world as worlds


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Keep autovacuum off the test database.

    Tests roll back, so whenever it comes by it finds tables without a row and remembers that. Later tests are then
    planned for empty tables: joins of whole tables by nested loops, a thousand times too slow.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        for (table,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE "{table}" SET (autovacuum_enabled = off)')


@pytest.fixture(autouse=True)
def _fresh_content() -> None:
    """Forget the frozen content of forms: each test's database has other forms under the same numbers."""
    worlds.forget()


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
