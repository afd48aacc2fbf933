"""The HTTP API for people's programs, and the internal one for runners."""
