"""What a WSGI server loads."""
from elearn.app import create_app
from elearn.settings import Settings

app = create_app(Settings.from_environment())
