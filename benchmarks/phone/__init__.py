"""Two hundred phones against one server."""
