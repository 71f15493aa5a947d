"""The SQLite file: schema, migrations, writes, reads and the published queries."""
