"""What became of every unit: written down, kept, browsed, taken along.

attempt   one attempt on one unit, as a value    serials   numbers that are handed out once
"""
