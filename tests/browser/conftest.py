"""A running site with the shipped bank and the demo people, and browsers to visit it."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.browser.acts import sign_in
from tests.browser.site import Site
from tests.chromium import launch
from tests.live import broker_url, database_url, manage, serving

# Each test process has a site of its own: they run side by side.
NUMBER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
NAME = f"cutscore_browser_{NUMBER}"
STORE = 15 - NUMBER


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """Return the running site."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {NAME}")
    env = {"DATABASE_URL": database_url(NAME), "REDIS_URL": broker_url(STORE), "DEMO": "1", "LOG_LEVEL": "ERROR"}
    manage("migrate", env=env)
    manage("bank", "import", "fixtures/dop-c02", env=env)
    manage("seed_demo", "--people", "6", env=env)
    with serving(env) as address:
        yield Site(address, env["DATABASE_URL"])


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Return what drives browsers."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Return Chromium."""
    program = launch(playwright)
    yield program
    program.close()


@pytest.fixture
def open_page(site: Site, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page as somebody; errors on the console fail. `script` runs before ours."""
    contexts, complaints = [], list[str]()

    def opened(email: str | None = None, *, network_may_fail: bool = False, script: str = "", **options: Any) -> Page:
        context = browser.new_context(base_url=site.address, **options)
        context.set_default_timeout(20_000)
        contexts.append(context)
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if not network_may_fail:
            page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        if email:
            page.goto("/accounts/login/")
            sign_in(page, email)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
