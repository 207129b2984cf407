"""Studies of the combinability family: one question to trained networks each."""
