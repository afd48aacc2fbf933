"""Who works with whom: teams, project ideas. Evidence of taking part follows here."""
