"""Cells become comparable: names, e-mail, phones, addresses, birth dates, places. What can't be read becomes blank."""
