"""Questions and rumours of the public, each open until it is answered."""
