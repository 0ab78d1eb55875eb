"""The merging of all rows at once, one object a row: slow, and what merging in columns must equal, reasons and all."""
