"""Answers are packed for who takes it, and their length tells nothing."""

import gzip

import brotli
import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
URL = "/accounts/login/"


def packed(client: Client, accepts: str) -> tuple[str, bytes]:
    """Ask for a page and return how it was packed and its body."""
    answer = client.get(URL, headers={"Accept-Encoding": accepts} if accepts else {})
    assert answer.status_code == 200
    assert "Accept-Encoding" in answer["Vary"]
    assert answer.get("Content-Length", str(len(answer.content))) == str(len(answer.content))
    return answer.get("Content-Encoding", ""), answer.content


@pytest.mark.parametrize(
    ("accepts", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5, gzip", "br"),
        ("br;q=0, gzip", "gzip"),
        ("gzip;q=1.0, br;q=0.000", "gzip"),
        ("gzip, deflate", "gzip"),
        ("zebra", ""),
        ("", ""),
    ],
)
def test_a_page_is_packed_as_the_browser_takes_it(client: Client, accepts: str, coding: str) -> None:
    used, body = packed(client, accepts)
    assert used == coding
    text = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}[coding](body).decode()
    assert text.rstrip().startswith("<!doctype html>")
    assert text.rstrip().endswith("</html>")


def test_the_length_of_a_packed_page_is_blurred(client: Client) -> None:
    lengths = {len(packed(client, "br")[1]) for _ in range(20)}
    assert len(lengths) > 5
    assert max(lengths) - min(lengths) < 200


def test_what_is_short_is_sent_as_it_is(client: Client) -> None:
    answer = client.get("/healthz", headers={"Accept-Encoding": "br"})
    assert answer.status_code == 200
    assert not answer.has_header("Content-Encoding")
