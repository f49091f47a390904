"""Links to devices behind one contract; see `base`."""
