"""Pure optimisers: plain dataclasses in, a plan with a certified gap out."""
