"""Medicines that must not run out: what people take, where it can be had, who fetches it, into whose hand it came."""
