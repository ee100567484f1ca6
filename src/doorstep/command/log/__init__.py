"""The command log: written once, in one order, read and done by those it goes to."""
