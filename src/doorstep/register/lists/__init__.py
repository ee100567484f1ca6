"""From a committee's file to clean rows. Pure: no database, no clock."""

from doorstep.register.lists.address import AddressParts, building_key, counted, floor_of, parse_address
from doorstep.register.lists.facts import Birth, parse_birth, parse_note
from doorstep.register.lists.layout import Layout, NoHeadingError, field_of, fields, guess_layout, unread_layout
from doorstep.register.lists.rows import BadRow, Reading, RowFacts, bad_rows_file, read_rows
from doorstep.register.lists.tables import Limits, Sheet, open_table

__all__ = [
    "AddressParts",
    "BadRow",
    "Birth",
    "Layout",
    "Limits",
    "NoHeadingError",
    "Reading",
    "RowFacts",
    "Sheet",
    "bad_rows_file",
    "building_key",
    "counted",
    "field_of",
    "fields",
    "floor_of",
    "guess_layout",
    "open_table",
    "parse_address",
    "parse_birth",
    "parse_note",
    "read_rows",
    "unread_layout",
]
