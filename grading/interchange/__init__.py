"""Rosters and grades as tables that other systems read and write. No Django, no clock, no database."""
