"""One folder a tool whose alerts we read."""
