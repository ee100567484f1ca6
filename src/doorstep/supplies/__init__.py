"""Supplies: what there is, where it is, what is packed for whom, and until when each household is covered."""
