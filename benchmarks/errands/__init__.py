"""Errands held against simple ways of planning them."""
