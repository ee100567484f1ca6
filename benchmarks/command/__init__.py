"""Measurements of the command room."""
