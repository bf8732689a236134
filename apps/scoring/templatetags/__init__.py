"""Tags of scoring's pages."""
