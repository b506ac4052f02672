"""What people do. One function each: it reads records, asks the rules, writes records. No web, no commit."""


class Refused(Exception):
    """The rules say no; the text is for the person and says what to do next."""
