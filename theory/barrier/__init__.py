"""Claims of the barrier family: how high the loss rises on the chord, what makes it rise, what can be certified."""
