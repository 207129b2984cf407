"""Speed, measured against the arithmetic that a task cannot do without."""
