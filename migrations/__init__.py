"""The history of the tables; applied at start by core.storage.database."""
