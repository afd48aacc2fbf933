"""The suite catalogue: drafts, what runners find out about them, versions, and how students fare with them."""
