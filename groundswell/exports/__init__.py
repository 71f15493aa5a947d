"""Exports: chosen posts as files that other programs read. Writers alone: rows in, bytes
out; the command line and the pages decide where to.
"""
