"""Question banks in the words of other systems."""
