"""How lists are cut into pages."""

from rest_framework import pagination


class CursorPagination(pagination.CursorPagination):
    """Pages by cursor: stable while rows are added, and as cheap on page 1,000 as on page 1."""

    page_size = 50
    ordering = "-pk"
