"""Command posts, lines of work, checklists and response clocks."""
