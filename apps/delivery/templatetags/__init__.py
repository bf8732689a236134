"""Tags of exam pages."""
