"""The deployment files, as far as they can be judged without an engine."""

import ast
import re
import tomllib
from typing import Any

import pytest
import yaml
from django.conf import settings

from tests.live import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OURS = ("migrate", "web", "worker", "sweeper", "beat")
# Read by Python, the shell or PostgreSQL's image, not by our settings.
OTHERS = re.compile(r"PATH|PYTHON[A-Z]+|POSTGRES_[A-Z_]+")


def settings_variables() -> dict[str, bool]:
    """Return the variables that the settings read, and whether each may come as a file."""
    found = {}
    for node in ast.walk(ast.parse((ROOT / "config" / "settings.py").read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.startswith("read_"):
            assert isinstance(node.args[0], ast.Constant)
            found[str(node.args[0].value)] = node.func.id in {"read_text", "read_list", "read_database"}
    return found


def test_every_variable_that_is_set_is_read() -> None:
    known = settings_variables()
    names = {name for service in SERVICES.values() for name in service.get("environment", {})}
    names |= set(re.findall(r"\b([A-Z][A-Z_]+)=", DOCKERFILE))
    for name in names:
        plain = name.removesuffix("_FILE")
        assert OTHERS.fullmatch(name) or name in known or known.get(plain), f"nothing reads {name}"


def test_every_variable_is_documented() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    assert [name for name in settings_variables() if f"`{name}`" not in page] == []


def test_secrets_come_as_files_and_never_stand_in_the_compose_file() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search(r"KEY|PASSWORD|DATABASE_URL|REDIS_URL", name):
                assert name.endswith("_FILE")
                assert value.removeprefix("/run/secrets/") in service["secrets"]
    used = {name for service in SERVICES.values() for name in service.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())
    assert "secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_every_lasting_service_restarts_and_has_a_health_check() -> None:
    for name, service in SERVICES.items():
        if name == "migrate":
            continue
        assert service["restart"] == "unless-stopped", name
        assert name == "web" or service["healthcheck"]["test"], name
    assert "HEALTHCHECK" in DOCKERFILE
    assert "/readyz" in DOCKERFILE


def test_images_are_pinned_to_a_major_version() -> None:
    images = [SERVICES["postgres"]["image"], SERVICES["redis"]["image"], *re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)]
    assert images[0].startswith("postgres:18")
    for image in images:
        assert re.search(r":\d+", image), image
        assert "latest" not in image


def test_the_broker_keeps_what_it_has_taken() -> None:
    command = " ".join(SERVICES["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert "redis:/data" in SERVICES["redis"]["volumes"]
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_few_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "ports" not in service or service["ports"] == ["127.0.0.1:8000:8000"]


def test_the_image_is_small_and_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (\S+)", DOCKERFILE, re.M)
    assert users
    assert users[-1] not in {"root", "0"}
    assert "--require-hashes" in DOCKERFILE
    assert "requirements-server.lock" in DOCKERFILE
    assert not re.search(r"^ADD ", DOCKERFILE, re.M)
    copied = set(re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.M)) - {"./"}
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied <= allowed


def test_the_version_is_that_of_the_project() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == settings.VERSION


def test_commands_exist() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for command in re.findall(r'"manage\.py", "(\w+)"', text) + re.findall(r"manage\.py (\w+)", text):
        ours = list((ROOT / "apps").rglob(f"management/commands/{command}.py"))
        assert ours or command in {"migrate", "collectstatic"}, command
