"""Loading scripts and styles by bundle."""

from django import template
from django.contrib.staticfiles.storage import staticfiles_storage
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from apps.core.storage import BUNDLES, Bundles

register = template.Library()


@register.simple_tag
def bundle(name: str) -> SafeString:
    """Write the tags that load a bundle: one for it when static files were collected, else one for each part."""
    files = (name,) if isinstance(staticfiles_storage, Bundles) else BUNDLES[name]
    markup = '<script src="{}" defer></script>' if name.endswith(".js") else '<link rel="stylesheet" href="{}">'
    return format_html_join("\n  ", markup, ((static(file),) for file in files))
