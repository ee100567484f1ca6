"""Exercises: invented people in real shapes, loaded and played on a clock of their own."""
