"""What goes out for a request: something bought, a craftsman who comes, a way out, somebody who calls."""
