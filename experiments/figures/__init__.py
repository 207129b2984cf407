"""One teaching figure per claim: `experiments/figures/<family>/<name>.py` exports `draw() -> Figure`."""
