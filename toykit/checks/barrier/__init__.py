"""Checks of the barrier family, one module per claim."""
