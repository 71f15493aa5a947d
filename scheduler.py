"""From source to database."""
