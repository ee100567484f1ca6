"""Delivery rounds against other engines on the same doors, and the planner on the public files of its field."""
