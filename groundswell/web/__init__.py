"""Pages and charts, as a Datasette plugin."""
