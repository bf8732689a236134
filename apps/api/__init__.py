"""The same use cases as JSON under /api/v1/, and the commands that need every room."""
