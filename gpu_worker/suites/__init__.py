"""Reference suites: folders that jails run. Nothing here is imported by a runner or by the site."""
