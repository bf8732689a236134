"""Gives each test process messages of its own; loaded by pytest (-p) before Django reads its settings."""

import os

from tests.live import broker_url

_OWN = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) + 1
os.environ["REDIS_URL"] = broker_url(_OWN)
