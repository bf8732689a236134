"""The rooms of the house; docs/architecture.md draws how they look at each other."""
