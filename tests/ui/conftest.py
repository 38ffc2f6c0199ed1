"""Every test of the interface has a server without a past."""

from tests.serving import fresh_server  # noqa: F401 -- a fixture of every test here
