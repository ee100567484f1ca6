"""The store: what differs between SQLite and PostgreSQL, bulk loading, and tables out."""
