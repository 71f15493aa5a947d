"""Archives that people already have, read as posts.

`reading` opens files (gzip, zstd, zip and tar in place) and cuts them into lines;
`containers` makes records of them (NDJSON, JSON, CSV, XLSX, Parquet); each module in
`formats` knows one program's records and maps them by the collectors' own functions.
"""
