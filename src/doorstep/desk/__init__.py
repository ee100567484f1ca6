"""The desk: everything residents ask for, and who sees to it."""
