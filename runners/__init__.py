"""The grading host: it pulls jobs from the site, runs them in jails and reports. No Django here."""
