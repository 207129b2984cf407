"""Checks of the connectivity family, one module per claim."""
