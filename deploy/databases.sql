-- The records have a database of their own beside Dagster's: they are the books of what was posted, and are backed up.
CREATE DATABASE records OWNER connector;
