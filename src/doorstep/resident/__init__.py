"""The page of one household, opened by the private code on its letter: it lays out what the rooms below bring."""
