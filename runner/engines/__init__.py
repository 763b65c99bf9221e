"""Where plans are compiled, and the only place that starts processes."""
