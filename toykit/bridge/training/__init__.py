"""Training on real data: recipes, networks, pairs and whole sweeps of them, sub-networks and curves."""
