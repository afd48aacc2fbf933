"""Ground floor of the site: no models, no views."""
