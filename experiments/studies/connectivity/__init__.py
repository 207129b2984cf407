"""Studies of the connectivity family: one question to trained networks each."""
