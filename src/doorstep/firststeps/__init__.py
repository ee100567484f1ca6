"""First steps: from an empty installation, or a new compound, to a plan of rounds, one step a page."""
