"""Pages of channels and of what was sent."""
