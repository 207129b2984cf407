"""Studies: tasks of the main job, each a function of a configuration that a worker process runs."""
