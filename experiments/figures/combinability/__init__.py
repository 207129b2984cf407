"""Figures of the combinability family."""
