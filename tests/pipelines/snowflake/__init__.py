"""A stand-in for Snowflake, into which MeltanoLabs' target loads as if it were the real one.

The target runs as released, in a process of its own, and makes its own SQL. Environment variables
alone lead it here: its proxy is `tunnel`, which knows one name, and behind it fakesnow, which
runs Snowflake's SQL on DuckDB, answers in `app`, in a process of its own too. What fakesnow lacks
for this target is mended in `tables`, `stages` and `loading`, to which `session` hands each
statement; each mend says what Snowflake does, on which page of docs.snowflake.com that is written,
and what fakesnow does.

DuckDB, which takes no heed of a name's case, is as a session with QUOTED_IDENTIFIERS_IGNORE_CASE,
which the target asks for; and it stores the wall time of `12:00:00+02:00` as a TIMESTAMP_NTZ does
(pages sql-reference/identifiers-syntax and sql-reference/data-types-datetime).

It shows what the target's statements do to the data. It doesn't show logging in, roles and
warehouses, limits of size, nor a JSON null in a VARIANT, which is a SQL null here.
"""
