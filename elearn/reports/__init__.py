"""Read-only views over the records. To add one: write its file, then name it here."""
