"""Server time of the pages that everybody opens."""
