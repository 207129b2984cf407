"""Figures of the connectivity family."""
