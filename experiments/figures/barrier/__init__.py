"""Figures of the barrier family."""
