"""The whole incident in open formats: written here, read elsewhere."""
