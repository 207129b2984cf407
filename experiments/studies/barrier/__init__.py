"""Studies of the barrier family: one question to trained networks each."""
