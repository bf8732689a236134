"""Static files as pages want them: few, small, and kept for ever by browsers.

The sources are small files that explain themselves. What a page loads together is joined into one when static files are
collected, scripts without their comments, because an exam page has to be there after eight requests (quality.md P9).
With DEBUG the files come one by one.
"""

from collections.abc import Iterator
from typing import Any

from django.contrib.staticfiles.apps import StaticFilesConfig
from django.core.files.base import ContentFile
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

BUNDLES = {
    "site.css": ("css/tokens.css", "css/base.css", "css/components.css"),
    "exam.js": ("js/session.js", "js/durable.js", "js/countdown.js", "js/paper.js", "js/marks.js"),
    "review.js": ("js/session.js", "js/countdown.js"),
}


class Bundles(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # whitenoise has no types
    """Joins what belongs together, then names files by their content and packs them."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Write the bundles beside the collected files and let the rest of the work include them."""
        if not dry_run:
            for name, parts in BUNDLES.items():
                texts = [self._read(part) for part in parts]
                whole = "\n".join(jsmin(text) if name.endswith(".js") else text for text in texts)
                if self.exists(name):
                    self.delete(name)
                self.save(name, ContentFile(whole.encode()))
                paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)

    def _read(self, name: str) -> str:
        with self.open(name) as file:
            return str(file.read(), "utf-8")


class CollectedFiles(StaticFilesConfig):
    """Django's static files without what no page of a deployment asks for: collecting it takes most of the time."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "admin", "rest_framework", "redoc", "ext"]
