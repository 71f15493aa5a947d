"""The configuration: one TOML file, or the built-in default; `loading.py` reads it.

Nothing is imported here: a command line with a slip in it need not wait for collectors.
"""
