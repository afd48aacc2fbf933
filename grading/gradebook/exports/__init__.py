"""Files that leave the site. Each says in its name who took it and when, and leaves a row in the audit."""
