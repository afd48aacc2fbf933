"""When things happen and what they are about: weeks, events, modules, materials, calendar feeds."""
