"""Rows and bytes: SQLAlchemy stores over SQLite or PostgreSQL, and content-addressed blobs."""
