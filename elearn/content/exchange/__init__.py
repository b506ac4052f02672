"""Question banks brought in from other systems, and handed to them. To add a format: write its file with ``read`` and ``write``."""
