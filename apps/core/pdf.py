"""HTML to a tagged PDF (PDF/UA-1) by WeasyPrint, which draws text with the system's Pango library.

WeasyPrint is imported when the first PDF is wanted: it takes half a second, and where Pango is missing it cannot be
imported at all. Nothing is fetched from a network: the only addresses that are served are our own static files.
"""

import ctypes
import mimetypes
from functools import lru_cache
from importlib import import_module
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage

_HOST = "https://static.invalid"
# As Linux and macOS call them.
_LIBRARIES = tuple(
    (f"lib{name}.so.0", f"lib{name}.0.dylib", f"lib{name}.dylib") for name in ("pango-1.0", "pangoft2-1.0")
)


@lru_cache(maxsize=1)
def is_available() -> bool:
    """Say whether this machine has the libraries that PDFs need. Asks the loader, so that WeasyPrint can wait."""
    return all(any(_loads(name) for name in names) for names in _LIBRARIES)


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def to_pdf(html: str) -> bytes:
    """Return a whole page as PDF/UA-1. Call it outside transactions: it takes about a second of CPU.

    Style sheets are named by their static addresses; everything else that the page would fetch is left out.
    """
    weasyprint: Any = import_module("weasyprint")
    page = weasyprint.HTML(string=html, base_url=_HOST, url_fetcher=_fetcher())
    content: bytes = page.write_pdf(pdf_variant="pdf/ua-1")
    return content


@lru_cache(maxsize=1)
def _fetcher() -> Any:
    urls: Any = import_module("weasyprint.urls")

    class OwnFiles(urls.URLFetcher):  # type: ignore[misc] # a class of a package without types
        """Serves static files from the disk and refuses every other address."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            """Return a static file. Raises ValueError for anything else, which WeasyPrint takes as absent."""
            del headers
            content = read_own(url)
            if content is None:
                raise ValueError(f"{url} is not one of our own files.")
            kind = mimetypes.guess_type(urlsplit(url).path)[0] or "application/octet-stream"
            return urls.URLFetcherResponse(url, content, {"Content-Type": kind})

    return OwnFiles()


def read_own(url: str) -> bytes | None:
    """Return the content of the static file at this address, or None for any other address."""
    parts = urlsplit(url)
    prefix = urlsplit(settings.STATIC_URL).path
    path = unquote(parts.path)
    if f"{parts.scheme}://{parts.netloc}" != _HOST or not path.startswith(prefix):
        return None
    name = path.removeprefix(prefix)
    if ".." in PurePosixPath(name).parts:
        return None
    if settings.DEBUG:
        found = finders.find(name)
        if not found:
            return None
        with open(found, "rb") as file:  # noqa: PTH123 - the finder answers with a string
            return file.read()
    if not staticfiles_storage.exists(name):
        return None
    with staticfiles_storage.open(name) as stored:
        content: bytes = stored.read()
    return content
