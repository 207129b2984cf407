"""Checks of the combinability family, one module per claim."""
