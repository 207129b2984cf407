"""Checks: both sides of a claim, measured on any pair. One module per claim, under the claim's own name."""
