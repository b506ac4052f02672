"""Read-only views over the records: one file each, which turns records into rows for a page or a CSV file."""
