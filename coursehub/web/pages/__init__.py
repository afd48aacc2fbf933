"""Page objects: frozen, typed, and all that a template gets."""
