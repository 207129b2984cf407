"""What runs the theory on networks: the main job, figures, studies and benchmarks."""
