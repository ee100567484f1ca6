"""The gate: who and what crosses the boundary, with which permission, and the barriers that must open."""
