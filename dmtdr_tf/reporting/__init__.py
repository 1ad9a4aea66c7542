"""Pages for people: the report, the contact sheet, the parity page."""
