"""Lists as files: contacts with all that is known of them, calls, results, suppressions.

dialect    the few phrases in which PostgreSQL and SQLite differ, the guard against formulas among them
columns    what a column is, and a table of them as one SELECT
tables     the columns of each kind of export: the one map, which the back office's resources are built from
people     … of contacts, alone and in a campaign;  calls, results, suppressions  … of the others
names      the variables and goals that get columns of their own
whynot     why each person is not called now, asked once for all that are alike
sources    which rows a kind of export has, under the filters of its page
filters    the filters that programs may give them, name by name
rows       those rows in keyset pieces
writing    a piece as bytes of CSV, JSON or a sheet's XML;  workbook  sheets packed to an Excel file
job        asked, made piece by piece, cancelled, expired
"""
