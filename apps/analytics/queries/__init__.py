"""Read models of analytics, by page."""
