"""Durable facts in SQL: SQLAlchemy Core on SQLite or PostgreSQL, with the schema kept by Alembic."""
