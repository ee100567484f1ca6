"""From pasted text and files to the lines of the desk. Pure: no database, no network, no clock."""
