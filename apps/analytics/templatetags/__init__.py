"""Tags of analytics' pages."""
