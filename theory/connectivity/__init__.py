"""Claims of the connectivity family: when two solutions are joined by a polygonal path of low loss."""
