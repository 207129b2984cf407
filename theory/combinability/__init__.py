"""Claims of the combinability family: the loss on the box of element-wise combinations of two networks."""
