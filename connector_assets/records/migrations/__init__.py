"""The schema's history: one module in `versions/` per change, run by `records.database.open_database`.

A change of `tables.py` needs a new module here (copy the newest, name it in `down_revision`) and its number in
`tables.SCHEMA_REVISION`; a test compares the migrated database with `tables.py`. A released module never changes.
"""
